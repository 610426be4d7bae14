import { registerEnumType } from 'type-graphql';
import { MediaKind, PoorReason, QualityClass } from './quality.js';

const SENTINEL = 'unknownFutureValue';
const UNKNOWN = { unknown: 'Not known.', [SENTINEL]: 'A member that this version of the schema does not know yet.' };

/** One of Graph's enumerations: its members under their names in Graph's JSON, each with its meaning. */
function graphEnum<const Members extends { [name: string]: string }>(
  name: string,
  description: string,
  members: Members,
) {
  const values = Object.fromEntries(Object.keys(members).map((member) => [member, member]));
  const valuesConfig = Object.fromEntries(
    Object.entries(members).map(([member, meaning]) => [member, { description: meaning }]),
  );
  registerEnumType(values, { name, description, valuesConfig });
  return values as { [Name in keyof Members & string]: Name };
}

/**
 * The members that a client of Graph gets by default. Those after the sentinel, and those that this version does not
 * know, go only to clients that ask for them (Graph: evolvable enumerations).
 */
export function membersBeforeSentinel(members: Record<string, string>): ReadonlySet<string> {
  const names = Object.keys(members);
  return new Set(names.slice(0, names.indexOf(SENTINEL)));
}

/** Members whose names say what they mean. */
function named<const Name extends string>(names: readonly Name[], meaning: (name: Name) => string) {
  return Object.fromEntries(names.map((name) => [name, meaning(name)])) as { [One in Name]: string };
}

/** Graph's clientPlatform. */
export const ClientPlatform = graphEnum('ClientPlatform', 'What a client runs on (Graph: clientPlatform).', {
  unknown: UNKNOWN.unknown,
  windows: 'Windows.',
  macOS: 'macOS.',
  iOS: 'iOS.',
  android: 'Android.',
  web: 'A browser.',
  ipPhone: 'A desk phone.',
  roomSystem: 'A room system.',
  surfaceHub: 'A Surface Hub.',
  holoLens: 'A HoloLens.',
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type ClientPlatform = keyof typeof ClientPlatform;

/** Graph's productFamily; its last member came after the sentinel. */
export const ProductFamily = graphEnum('ProductFamily', 'The product of a client (Graph: productFamily).', {
  unknown: UNKNOWN.unknown,
  teams: 'Microsoft Teams.',
  skypeForBusiness: 'Skype for Business.',
  lync: 'Lync.',
  unknownFutureValue: UNKNOWN.unknownFutureValue,
  azureCommunicationServices: 'Azure Communication Services.',
});
export type ProductFamily = keyof typeof ProductFamily;

/** Graph's serviceRole. */
export const ServiceRole = graphEnum('ServiceRole', 'What a service does in a call (Graph: serviceRole).', {
  unknown: UNKNOWN.unknown,
  customBot: 'A bot.',
  skypeForBusinessMicrosoftTeamsGateway: 'The gateway between Skype for Business and Teams.',
  skypeForBusinessAudioVideoMcu: 'Mixes sound and video for Skype for Business.',
  skypeForBusinessApplicationSharingMcu: 'Distributes shared applications for Skype for Business.',
  skypeForBusinessCallQueues: 'A call queue.',
  skypeForBusinessAutoAttendant: 'An automatic attendant.',
  mediationServer: 'Connects to the telephone network.',
  mediationServerCloudConnectorEdition: 'Connects to the telephone network (Cloud Connector Edition).',
  exchangeUnifiedMessagingService: 'Unified messaging of Exchange.',
  mediaController: 'Controls media.',
  conferencingAnnouncementService: 'Announces who joins a conference.',
  conferencingAttendant: 'Lets callers into a conference.',
  audioTeleconferencerController: 'Controls the sound of a conference.',
  skypeForBusinessUnifiedCommunicationApplicationPlatform: 'An application of Skype for Business.',
  responseGroupServiceAnnouncementService: 'Announcements of a response group.',
  gateway: 'A gateway to the telephone network.',
  skypeTranslator: 'Translates.',
  skypeForBusinessAttendant: 'An attendant of Skype for Business.',
  responseGroupService: 'A response group.',
  voicemail: 'Voicemail.',
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type ServiceRole = keyof typeof ServiceRole;

/** Graph's failureStage. */
export const FailureStage = graphEnum('FailureStage', 'When a session or segment failed (Graph: failureStage).', {
  unknown: UNKNOWN.unknown,
  callSetup: 'While it was set up: the media path never came up.',
  midcall: 'Later: it ended abnormally.',
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type FailureStage = keyof typeof FailureStage;

/** Graph's userFeedbackRating. */
export const UserFeedbackRating = graphEnum(
  'UserFeedbackRating',
  'How a person rated a call (Graph: userFeedbackRating).',
  {
    notRated: 'Not rated.',
    bad: 'Bad: 1 of 5.',
    poor: 'Poor: 2 of 5.',
    fair: 'Fair: 3 of 5.',
    good: 'Good: 4 of 5.',
    excellent: 'Excellent: 5 of 5.',
    unknownFutureValue: UNKNOWN.unknownFutureValue,
  },
);
export type UserFeedbackRating = keyof typeof UserFeedbackRating;

/** Graph's networkConnectionType. */
export const NetworkConnectionType = graphEnum(
  'NetworkConnectionType',
  'How an endpoint was connected (Graph: networkConnectionType).',
  {
    unknown: UNKNOWN.unknown,
    wired: 'By cable.',
    wifi: 'By Wi-Fi.',
    mobile: 'By a mobile network.',
    tunnel: 'Through a tunnel, such as a VPN.',
    unknownFutureValue: UNKNOWN.unknownFutureValue,
  },
);
export type NetworkConnectionType = keyof typeof NetworkConnectionType;

/** Graph's networkTransportProtocol. */
export const NetworkTransportProtocol = graphEnum(
  'NetworkTransportProtocol',
  'The protocol that carried media (Graph: networkTransportProtocol).',
  { unknown: UNKNOWN.unknown, udp: 'UDP.', tcp: 'TCP.', unknownFutureValue: UNKNOWN.unknownFutureValue },
);
export type NetworkTransportProtocol = keyof typeof NetworkTransportProtocol;

/** Graph's wifiBand. */
export const WifiBand = graphEnum('WifiBand', 'The band of a Wi-Fi connection (Graph: wifiBand).', {
  unknown: UNKNOWN.unknown,
  frequency24GHz: '2.4 GHz.',
  frequency50GHz: '5 GHz.',
  frequency60GHz: '6 GHz.',
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type WifiBand = keyof typeof WifiBand;

/** Graph's wifiRadioType. */
export const WifiRadioType = graphEnum('WifiRadioType', 'The standard of a Wi-Fi connection (Graph: wifiRadioType).', {
  unknown: UNKNOWN.unknown,
  ...named(
    ['wifi80211a', 'wifi80211b', 'wifi80211g', 'wifi80211n', 'wifi80211ac', 'wifi80211ax'],
    (name) => `IEEE ${name.replace('wifi80211', '802.11')}.`,
  ),
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type WifiRadioType = keyof typeof WifiRadioType;

const codec = (name: string) => `The codec that Graph calls ${name}.`;
const CODECS = { unknown: UNKNOWN.unknown, invalid: 'No valid codec.' };

/** Graph's audioCodec. */
export const AudioCodec = graphEnum('AudioCodec', 'How sound was coded (Graph: audioCodec).', {
  ...CODECS,
  ...named(['cn', 'pcma', 'pcmu', 'amrWide', 'g722', 'g7221', 'g7221c', 'g729', 'multiChannelAudio', 'muchv2'], codec),
  ...named(['opus', 'satin', 'satinFullband', 'rtAudio8', 'rtAudio16', 'silk', 'silkNarrow', 'silkWide'], codec),
  ...named(['siren', 'xmsRta'], codec),
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type AudioCodec = keyof typeof AudioCodec;

/** Graph's videoCodec. */
export const VideoCodec = graphEnum('VideoCodec', 'How pictures were coded (Graph: videoCodec).', {
  ...CODECS,
  ...named(['av1', 'h263', 'h264', 'h264s', 'h264uc', 'h265', 'rtvc1', 'rtVideo', 'xrtvc1'], codec),
  unknownFutureValue: UNKNOWN.unknownFutureValue,
});
export type VideoCodec = keyof typeof VideoCodec;

/** Graph's mediaStreamDirection. It is not evolvable: any other text reads as null. */
export const StreamDirection = graphEnum('StreamDirection', 'Which way a stream went (Graph: mediaStreamDirection).', {
  callerToCallee: 'From the caller to the callee.',
  calleeToCaller: 'From the callee to the caller.',
});
export type StreamDirection = keyof typeof StreamDirection;

registerEnumType(QualityClass, {
  name: 'QualityClass',
  description: "How good what a receiver got was, by the rules of Microsoft's Call Quality Dashboard.",
  valuesConfig: {
    GOOD: { description: 'Measured, and nothing over its threshold.' },
    POOR: { description: 'A measurement was over its threshold.' },
    UNCLASSIFIED: { description: 'Not judged: nothing was measured, or too little was sent, or it is of no kind.' },
  },
});

registerEnumType(PoorReason, {
  name: 'PoorReason',
  description: 'The measurement by which a stream is poor; thresholds are exceeded, not met.',
  valuesConfig: {
    ROUND_TRIP: { description: 'Audio: a round trip takes more than 500 ms on average.' },
    PACKET_LOSS: { description: 'Audio: more than a tenth of the packets is lost on average.' },
    JITTER: { description: 'Audio: jitter is more than 30 ms on average.' },
    FRAME_LOSS: { description: 'Video and screen sharing: more than 50 % of the frames are lost.' },
    FRAME_RATE: { description: 'Fewer than 7 frames a second in video, or than 2 in screen sharing.' },
    FEC_LOSS: {
      description: 'Video and screen sharing: more than 0.15 of the packets is lost after error correction.',
    },
  },
});

registerEnumType(MediaKind, {
  name: 'MediaKind',
  description: 'The kind of a media, by its label or else the codecs of its streams.',
  valuesConfig: {
    AUDIO: { description: 'Sound.' },
    VIDEO: { description: 'Camera pictures.' },
    SCREEN_SHARING: { description: 'A shared screen, sent as video.' },
  },
});
