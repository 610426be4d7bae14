import { ZONE } from './time-range.js';

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const dateTime = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const zoneName = new Intl.DateTimeFormat(undefined, { timeZoneName: 'longOffset' });

export const formatCount = (count: number) => whole.format(count);
/** A count with what is counted: `1 call`, `2,000 calls`. */
export const formatCounted = (count: number, one: string, many = `${one}s`) =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
export const formatCompact = (count: number) => compact.format(count);
export const formatClock = (instant: string | Date) => clock.format(new Date(instant));
export const formatDateTime = (instant: string) => dateTime.format(new Date(instant));

/** A part as a percentage with one digit, such as `2.3 %`; a dash if there is nothing. */
export function formatShare(part: number, all: number): string {
  return all === 0 ? '–' : `${((part / all) * 100).toFixed(1)} %`;
}

/** Exact to 100 ns, in the viewer's zone and in UTC. A Date would keep three of the seven digits. */
export function formatExactly(instant: string): string {
  const fraction = /\.\d+/.exec(instant)?.[0] ?? '';
  const date = new Date(instant);
  const offset = zoneName.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${seconds.format(date)}${fraction} ${offset} (${ZONE})\n${instant}`;
}

/** Such as `2 h 5 min`, `12 min`, `43 s`. */
export function formatDuration(durationSeconds: number): string {
  const rounded = Math.round(durationSeconds);
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.round(durationSeconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Many hours as a number of them. */
export const formatHours = (durationSeconds: number) => `${compact.format(durationSeconds / 3600)} h`;

const DURATION = /^-?P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of an ISO 8601 duration such as PT0.016S; null without one. */
export function millisecondsOf(duration: string | null | undefined): number | null {
  const found = duration ? DURATION.exec(duration) : null;
  if (!found) return null;
  const [days, hours, minutes, secs] = found.slice(1).map((text) => Number(text ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  const total = ((days * 24 + hours) * 60 + minutes) * 60 + secs;
  return Math.round(total * 1e7) / 1e4;
}

/** The names of members of enumerations in plain words. */
const NAMES: Record<string, string> = {
  groupCall: 'Group call',
  peerToPeer: 'One to one',
  unknown: 'Unknown',
  unknownFutureValue: 'Other',
  audio: 'Audio',
  video: 'Video',
  videoBasedScreenSharing: 'Screen sharing',
  screenSharing: 'Remote desktop',
  data: 'Data',
  GOOD: 'Good',
  POOR: 'Poor',
  UNCLASSIFIED: 'Unclassified',
  callSetup: 'Setup failed',
  midcall: 'Dropped',
  USER: 'Person',
  APPLICATION: 'Application',
  DEVICE: 'Device',
  PHONE: 'Telephone',
  GUEST: 'Guest',
  ENCRYPTED: 'Encrypted',
  ON_PREMISES: 'On premises',
  APPLICATION_INSTANCE: 'Queue or attendant',
  ASSERTED_IDENTITY: 'Asserted identity',
  AZURE_COMMUNICATION_SERVICES_USER: 'Communication Services user',
  AUDIO: 'Audio',
  VIDEO: 'Video',
  SCREEN_SHARING: 'Screen sharing',
  ROUND_TRIP: 'Round trip',
  PACKET_LOSS: 'Packet loss',
  JITTER: 'Jitter',
  FRAME_LOSS: 'Frame loss',
  FRAME_RATE: 'Frame rate',
  FEC_LOSS: 'Loss after repair',
  wired: 'Wired',
  wifi: 'Wi-Fi',
  mobile: 'Mobile',
  tunnel: 'Tunnel',
  teams: 'Teams',
  skypeForBusiness: 'Skype for Business',
  lync: 'Lync',
  azureCommunicationServices: 'Communication Services',
  windows: 'Windows',
  macOS: 'macOS',
  iOS: 'iOS',
  android: 'Android',
  web: 'a browser',
  ipPhone: 'a desk phone',
  roomSystem: 'a room system',
  surfaceHub: 'Surface Hub',
  holoLens: 'HoloLens',
  mediaController: 'Media controller',
  mediationServer: 'Mediation server',
  gateway: 'Gateway',
  customBot: 'Bot',
  skypeBot: 'Bot',
  wifi80211a: '802.11a',
  wifi80211b: '802.11b',
  wifi80211g: '802.11g',
  wifi80211n: '802.11n',
  wifi80211ac: '802.11ac',
  wifi80211ax: '802.11ax',
  frequency24GHz: '2.4 GHz',
  frequency50GHz: '5 GHz',
  frequency60GHz: '6 GHz',
};

/** A member of an enumeration in plain words; unchanged if it has no name here. */
export const nameOf = (member: string) => NAMES[member] ?? member;
