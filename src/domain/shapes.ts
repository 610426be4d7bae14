import { isLosslessNumber } from 'lossless-json';
import { type CallRecordDocument, isObject, type JsonObject } from './document.js';
import type { Violation } from './errors.js';
import { IdentityKind } from './identity.js';
import { checkCharacters } from './text.js';

type Path = (string | number)[];

/** Gets each violation. The path is a copy, which the receiver may keep. */
type Report = (path: Path, rule: string, message: string) => void;

/**
 * A `name` is text that databases store and search. A `number` may also be text (Int64, "NaN"). `texts` is a list of
 * text.
 */
type Plain = 'text' | 'name' | 'number' | 'boolean' | 'texts';

/** What a member holds if it is not null. */
type Kind = Plain | Shape | ListOf;

/** An object, by its known members; unknown ones may hold anything. */
interface Shape {
  members: readonly (readonly [string, Kind])[];
}

interface ListOf {
  items: Shape;
}

/** The message of every door for a value of another kind. */
export const EXPECTED = {
  object: 'Expected an object.',
  objects: 'Expected a list of objects.',
  text: 'Expected a string.',
  name: 'Expected a string.',
  texts: 'Expected a list of strings.',
  number: 'Expected a number.',
  boolean: 'Expected a Boolean.',
} as const;

function shape(members: { [name: string]: Kind }): Shape {
  return { members: Object.entries(members) };
}

function listOf(items: Shape): ListOf {
  return { items };
}

/** Members of one kind. */
function each<Given extends Kind>(kind: Given, names: string): { [name: string]: Given } {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}

const identity = shape(each('name', 'id displayName tenantId userPrincipalName'));
/** The kinds in the schema, and others that Graph is known to send. */
const identitySet = shape({
  ...each(identity, Object.values(IdentityKind).join(' ')),
  ...each(identity, 'acsUser spoolUser acsApplicationInstance spoolApplicationInstance'),
  ...each(identity, 'azureApplicationInstance conversation'),
  ...each('text', 'endpointType conversationIdentityType'),
});
const entity = shape({ id: 'text', identity: identitySet, administrativeUnitInfos: listOf(shape({ id: 'text' })) });

const times = each('text', 'startDateTime endDateTime');
const userAgent = shape(
  each('text', 'headerValue applicationVersion platform productFamily azureADAppId communicationServiceId role'),
);
const endpoint = shape({
  userAgent,
  associatedIdentity: identity,
  identity: identitySet,
  ...each('text', 'name cpuName'),
  ...each('number', 'cpuCoresCount cpuProcessorSpeedInMhz'),
  feedback: shape({ ...each('text', 'rating text'), tokens: shape({}) }),
});
const failureInfo = shape(each('text', 'stage reason'));
const deviceInfo = shape({
  ...each('text', 'captureDeviceName captureDeviceDriver renderDeviceName renderDeviceDriver'),
  ...each('number', 'captureNotFunctioningEventRatio renderNotFunctioningEventRatio renderMuteEventRatio'),
  ...each('number', 'renderZeroVolumeEventRatio deviceClippingEventRatio deviceGlitchEventRatio'),
  ...each('number', 'lowSpeechLevelEventRatio lowSpeechToNoiseEventRatio cpuInsufficentEventRatio micGlitchRate'),
  ...each('number', 'speakerGlitchRate howlingEventCount initialSignalLevelRootMeanSquare sentSignalLevel'),
  ...each('number', 'receivedSignalLevel sentNoiseLevel receivedNoiseLevel'),
});
const networkInfo = shape({
  ...each('text', 'connectionType networkTransportProtocol wifiBand wifiRadioType ipAddress subnet dnsSuffix'),
  ...each('text', 'reflexiveIPAddress relayIPAddress macAddress basicServiceSetIdentifier'),
  ...each('text', 'wifiVendorDriver wifiVendorDriverVersion wifiMicrosoftDriver wifiMicrosoftDriverVersion'),
  ...each('number', 'port relayPort linkSpeed wifiSignalStrength wifiBatteryCharge wifiChannel'),
  ...each('number', 'bandwidthLowEventRatio delayEventRatio receivedQualityEventRatio sentQualityEventRatio'),
  traceRouteHops: listOf(shape({ hopCount: 'number', ...each('text', 'ipAddress roundTripTime') })),
});
const stream = shape({
  ...times,
  ...each('text', 'streamId streamDirection audioCodec videoCodec'),
  ...each('text', 'averageJitter maxJitter averageAudioNetworkJitter maxAudioNetworkJitter'),
  ...each('text', 'averageRoundTripTime maxRoundTripTime averageFreezeDuration rmsFreezeDuration'),
  ...each('boolean', 'wasMediaBypassed isAudioForwardErrorCorrectionUsed'),
  ...each('number', 'averagePacketLossRate maxPacketLossRate averageVideoPacketLossRate'),
  ...each('number', 'postForwardErrorCorrectionPacketLossRate averageRatioOfConcealedSamples'),
  ...each('number', 'maxRatioOfConcealedSamples lowFrameRateRatio lowVideoProcessingCapabilityRatio'),
  ...each('number', 'averageAudioDegradation averageVideoFrameLossPercentage averageVideoFrameRate'),
  ...each('number', 'averageReceivedFrameRate averageBandwidthEstimate packetUtilization'),
});
const media = shape({
  label: 'text',
  ...each(deviceInfo, 'callerDevice calleeDevice'),
  ...each(networkInfo, 'callerNetwork calleeNetwork'),
  streams: listOf(stream),
});
const leg = { id: 'text', ...times, ...each(endpoint, 'caller callee'), failureInfo } as const;
const segment = shape({ ...leg, media: listOf(media) });
const session = shape({ ...leg, modalities: 'texts', isTest: 'boolean', segments: listOf(segment) });

/** The objects of a call record in Graph (npm package @microsoft/microsoft-graph-types, namespace CallRecords). */
const SHAPES = { identitySet, entity, session };
export type GraphObject = keyof typeof SHAPES;

/** Reports every known member of an object, at any depth, that is neither null nor of its kind. */
export function checkObject(value: JsonObject, name: GraphObject, path: Path, report: Report): void {
  checkMembers(value, SHAPES[name], [...path], report);
}

function checkMembers(value: JsonObject, { members }: Shape, path: Path, report: Report): void {
  for (const [name, kind] of members) {
    const member = value[name];
    if (member == null) continue;
    path.push(name);
    check(member, kind, path, report);
    path.pop();
  }
}

function check(value: unknown, kind: Kind, path: Path, report: Report): void {
  if (typeof kind === 'string') {
    if (!isOfKind(value, kind)) report([...path], 'type', EXPECTED[kind]);
    else if (kind === 'name') checkName(value as string, path, report);
  } else if ('members' in kind) {
    if (isObject(value)) checkMembers(value, kind, path, report);
    else report([...path], 'type', EXPECTED.object);
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      check(value[index], kind.items, path, report);
      path.pop();
    }
  } else report([...path], 'type', EXPECTED.objects);
}

function checkName(value: string, path: Path, report: Report): void {
  const message = checkCharacters(value);
  if (message !== null) report([...path], 'characters', message);
}

function isOfKind(value: unknown, kind: Plain): boolean {
  switch (kind) {
    case 'text':
    case 'name':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' || typeof value === 'string' || isLosslessNumber(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
  }
}

/**
 * Members of a stored record that `checkObject` would report, by their path in the document. Earlier versions of this
 * package stored them without checking.
 */
export function findMisfits({ organizer, participants, sessions, extension }: CallRecordDocument): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (path, rule, message) => {
    if (rule === 'type') violations.push({ path, rule, message });
  };
  const checkEach = (values: readonly (JsonObject | null)[], name: GraphObject, part: string) => {
    for (const [index, value] of values.entries()) if (value) checkObject(value, name, [part, index], report);
  };
  if (organizer) checkObject(organizer, 'identitySet', ['organizer'], report);
  if (extension?.organizer) checkObject(extension.organizer, 'entity', ['organizer_v2'], report);
  checkEach(participants, 'identitySet', 'participants');
  checkEach(extension?.participants ?? [], 'entity', 'participants_v2');
  checkEach(sessions, 'session', 'sessions');
  return violations;
}

/**
 * The object without what `checkObject` would report as of another kind: such members become null, and such items are
 * left out. Returns the object itself if there are none. For records that were stored before the check existed.
 */
export function mendObject(value: JsonObject, name: GraphObject): JsonObject {
  return mend(value, SHAPES[name]) as JsonObject;
}

function mend(value: unknown, kind: Kind): unknown {
  if (value == null) return value;
  if (typeof kind === 'string') return isOfKind(value, kind) ? value : null;
  if ('items' in kind) return Array.isArray(value) ? mendItems(value, kind) : null;
  if (!isObject(value)) return null;
  let mended = value;
  for (const [name, inner] of kind.members) {
    const own = value[name];
    const next = mend(own, inner);
    if (next !== own) mended = { ...mended, [name]: next };
  }
  return mended;
}

function mendItems(value: unknown[], { items }: ListOf): unknown[] {
  const mended = value.map((item) => mend(item, items)).filter((item) => item != null);
  return mended.length === value.length && mended.every((item, index) => item === value[index]) ? value : mended;
}
