import { registerEnumType } from 'type-graphql';

/** Graph's callType. Names are those in Graph's JSON, so that a payload copied from Graph can be pasted. */
export enum CallType {
  unknown = 'unknown',
  groupCall = 'groupCall',
  peerToPeer = 'peerToPeer',
  unknownFutureValue = 'unknownFutureValue',
}
registerEnumType(CallType, {
  name: 'CallType',
  description: 'The kind of call (Graph: callType).',
  valuesConfig: {
    unknown: { description: 'Not known; a later version of the record often knows better.' },
    groupCall: { description: 'A call or meeting of several people, through a service.' },
    peerToPeer: { description: 'A call between two.' },
    unknownFutureValue: { description: 'A member that this version of the schema does not know yet.' },
  },
});

/** Graph's modality. */
export enum Modality {
  audio = 'audio',
  video = 'video',
  videoBasedScreenSharing = 'videoBasedScreenSharing',
  data = 'data',
  screenSharing = 'screenSharing',
  unknownFutureValue = 'unknownFutureValue',
}
registerEnumType(Modality, {
  name: 'Modality',
  description: 'A kind of media used in a call (Graph: modality). A set: its order carries no meaning.',
  valuesConfig: {
    audio: { description: 'Sound.' },
    video: { description: 'Camera pictures.' },
    videoBasedScreenSharing: { description: 'A shared screen, sent as video.' },
    data: { description: 'Data beside the media, such as a shared whiteboard.' },
    screenSharing: { description: 'A shared screen, sent as remote desktop.' },
    unknownFutureValue: {
      description: 'Members that this version of the schema does not know yet; once, where there are several.',
    },
  },
});

/** Graph's endpointType. */
export enum EndpointType {
  default = 'default',
  voicemail = 'voicemail',
  skypeForBusiness = 'skypeForBusiness',
  skypeForBusinessVoipPhone = 'skypeForBusinessVoipPhone',
  unknownFutureValue = 'unknownFutureValue',
}
registerEnumType(EndpointType, {
  name: 'EndpointType',
  description: 'What a participant joined with (Graph: endpointType).',
  valuesConfig: {
    default: { description: 'Nothing special: a client.' },
    voicemail: { description: 'A voicemail box.' },
    skypeForBusiness: { description: 'A Skype for Business client.' },
    skypeForBusinessVoipPhone: { description: 'A Skype for Business desk phone.' },
    unknownFutureValue: { description: 'A member that this version of the schema does not know yet.' },
  },
});

/**
 * Members of an evolvable enumeration, limited to those of this version's schema. All unknown ones become one
 * `unknownFutureValue` (Graph: "Handling future members in evolvable enumerations").
 */
export function toKnownMembers<Member extends string>(
  known: Record<string, Member>,
  members: readonly string[],
): Member[] {
  if (members.every((member) => Object.hasOwn(known, member))) return members as Member[];
  return [...new Set(members.map((member) => toKnownMember(known, member)))];
}

/** One member; see {@link toKnownMembers}. */
export function toKnownMember<Member extends string>(known: Record<string, Member>, member: string): Member {
  return Object.hasOwn(known, member) ? (member as Member) : (known.unknownFutureValue as Member);
}
