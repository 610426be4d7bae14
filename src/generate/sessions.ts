import { Endpoints } from './endpoints.js';
import type { Participant, Random } from './people.js';
import { formatMoment, later, type Moment } from './times.js';

/** The chance that a stream on an average network is poor: some three calls in a hundred have such a stream. */
const POOR = 0.0043;
const SETUP_FAILURES = 0.005;
const DROPS = 0.008;
const SETUP_REASONS = [
  'Missing FW Deep Packet Inspection Exemption Rule',
  'Missing FW IP Block Exemption Rule',
  'Other',
];

/** What the sessions of a call are made from. */
export interface Talk {
  type: string;
  participants: readonly Participant[];
  modalities: readonly string[];
  start: Moment;
  end: Moment;
}

type Json = Record<string, unknown>;

/** A media link between two endpoints, and its quality. */
interface Link {
  caller: Json;
  callee: Json;
  sides: { callerDevice: Json | null; calleeDevice: Json | null; callerNetwork: Json; calleeNetwork: Json };
  trouble: number;
  start: Moment;
  end: Moment;
  seconds: number;
}

/** Makes the sessions of calls as Graph sends them. Their quality depends on the networks of the participants. */
export class SessionGenerator {
  private readonly endpoints: Endpoints;

  constructor(private readonly random: Random) {
    this.endpoints = new Endpoints(random);
  }

  /**
   * A call of two people has one session, which goes through gateways if one of them is a telephone. A meeting has one
   * session between the service and each person.
   */
  sessionsOf(talk: Talk): Json[] {
    const [first, second] = talk.participants;
    if (talk.type === 'peerToPeer' && first && second) return [this.between(talk, first, second)];
    return talk.participants.map((one, index) => this.ofMeeting(talk, one, index));
  }

  private between(talk: Talk, first: Participant, second: Participant): Json {
    const isAnswered = secondsOf(talk) > 0;
    const caller = this.endpoints.participant(first, isAnswered);
    const callee = this.endpoints.participant(second, isAnswered);
    const isTelephone = [first, second].some(({ id }) => id.startsWith('+'));
    const ends = isTelephone ? this.throughGateways(caller, callee) : [[caller, callee] as const];
    const own = this.endpoints.network(first.id);
    const other = this.endpoints.network(second.id);
    const sides = {
      callerDevice: this.endpoints.device(first.id),
      calleeDevice: this.endpoints.device(second.id),
      callerNetwork: own.network,
      calleeNetwork: other.network,
    };
    const trouble = (own.trouble + other.trouble) / 2;
    return this.session(talk, { caller, callee, sides, trouble, ...spanOf(talk) }, ends);
  }

  /** A telephone reaches the other end over two gateways. */
  private throughGateways(caller: Json, callee: Json): (readonly [Json, Json])[] {
    const gateway = this.endpoints.service('gateway');
    const mediation = this.endpoints.service('mediationServer');
    return [
      [caller, gateway],
      [gateway, mediation],
      [mediation, callee],
    ];
  }

  private ofMeeting(talk: Talk, person: Participant, index: number): Json {
    const { random, endpoints } = this;
    const all = secondsOf(talk);
    // The first person opens the meeting; others come and go.
    const late = index === 0 ? 0 : Math.min(all - 1, Math.floor(random.logNormal(60, 1.2)));
    const early = index === 0 || random.chance(0.7) ? 0 : Math.floor(random.unit() * (all - late - 1));
    const start = late > 0 ? later(talk.start, late, talk.start.ticks) : talk.start;
    const end = early > 0 ? { seconds: talk.end.seconds - early, ticks: talk.end.ticks } : talk.end;
    const { network, trouble } = endpoints.network(person.id);
    const sides = {
      callerDevice: endpoints.device(person.id),
      calleeDevice: null,
      callerNetwork: network,
      calleeNetwork: endpoints.serviceNetwork(),
    };
    const caller = endpoints.participant(person, true);
    const callee = endpoints.service('mediaController');
    const link = { caller, callee, sides, trouble, start, end, seconds: Math.max(1, end.seconds - start.seconds) };
    // A person who returns from another network gets a second segment.
    const parts = link.seconds > 120 && random.chance(0.06) ? 2 : 1;
    return this.session(
      talk,
      link,
      Array.from({ length: parts }, () => [caller, callee] as const),
    );
  }

  private session(talk: Talk, link: Link, ends: readonly (readonly [Json, Json])[]): Json {
    const { random } = this;
    const failureInfo = this.failure(link);
    const isConnected = link.seconds > 0 && failureInfo?.stage !== 'callSetup';
    const id = random.guid();
    return {
      id,
      modalities: talk.modalities,
      startDateTime: formatMoment(link.start),
      endDateTime: formatMoment(link.end),
      isTest: random.chance(0.001),
      failureInfo,
      caller: link.caller,
      callee: link.callee,
      segments: ends.map(([caller, callee], index) => ({
        id: index === 0 ? id : random.guid(),
        startDateTime: formatMoment(link.start),
        endDateTime: formatMoment(link.end),
        caller,
        callee,
        failureInfo: index === 0 ? failureInfo : null,
        media: isConnected ? this.media(talk.modalities, link) : [],
      })),
    };
  }

  private failure({ seconds }: Link): { stage: string; reason: string } | null {
    const { random } = this;
    const draw = random.unit();
    if (seconds === 0 || draw >= SETUP_FAILURES + DROPS) return null;
    if (draw >= SETUP_FAILURES) return { stage: 'midcall', reason: 'Other' };
    return { stage: 'callSetup', reason: random.pick(SETUP_REASONS) };
  }

  private media(modalities: readonly string[], link: Link): Json[] {
    const { random } = this;
    const media = [this.oneMedia('main-audio', link, (direction) => this.audio(direction, link))];
    if (modalities.includes('video') && random.chance(0.6))
      media.push(this.oneMedia('main-video', link, (direction) => this.pictures(direction, link, 7, 22)));
    if (modalities.includes('videoBasedScreenSharing') && random.chance(0.5)) {
      const sharing = this.oneMedia('applicationsharing-video', link, (way) => this.pictures(way, link, 2, 9));
      media.push(sharing);
    }
    return media;
  }

  private oneMedia(label: string, { sides }: Link, stream: (direction: string) => Json): Json {
    return { label, ...sides, streams: ['callerToCallee', 'calleeToCaller'].map(stream) };
  }

  private stream(streamDirection: string, { start, end }: Link, packets: number): Json {
    return {
      streamId: String(this.random.below(2 ** 31)),
      streamDirection,
      startDateTime: formatMoment(start),
      endDateTime: formatMoment(end),
      wasMediaBypassed: false,
      packetUtilization: Math.round(packets),
    };
  }

  private audio(direction: string, link: Link): Json {
    const { random } = this;
    // A muted listener sends next to nothing.
    const packets = link.seconds * 50 * (random.chance(0.25) ? 0.002 : 0.4 + 0.5 * random.unit());
    const isPoor = random.chance(POOR * link.trouble);
    const cause = isPoor ? random.below(3) : -1;
    const over = (limit: number) => limit * (1.05 + random.logNormal(0.4, 0.6));
    const jitter = cause === 0 ? over(30) : Math.min(29, random.logNormal(4, 0.6));
    const loss = cause === 1 ? Math.min(0.9, over(0.1)) : Math.min(0.09, random.logNormal(0.002, 1.2));
    const roundTrip = cause === 2 ? over(500) : Math.min(480, random.logNormal(45, 0.6));
    return {
      ...this.stream(direction, link, packets),
      audioCodec: random.pick(['satin', 'satin', 'satin', 'satinFullband', 'silkWide', 'g722', 'opus']),
      averageJitter: milliseconds(jitter),
      maxJitter: milliseconds(jitter * (1.5 + 3 * random.unit())),
      averagePacketLossRate: rounded(loss),
      maxPacketLossRate: rounded(Math.min(1, loss * (1.5 + 4 * random.unit()))),
      averageRoundTripTime: milliseconds(roundTrip),
      maxRoundTripTime: milliseconds(roundTrip * (1.2 + 2 * random.unit())),
      averageAudioDegradation: random.chance(0.6) ? null : rounded(isPoor ? 1 + random.unit() : random.unit() / 2),
      averageRatioOfConcealedSamples: rounded(Math.min(1, loss * 1.4 + random.unit() / 100)),
      isAudioForwardErrorCorrectionUsed: random.chance(0.3),
    };
  }

  /** Streams of a camera or a shared screen; `floor`: fewer frames a second are poor. */
  private pictures(direction: string, link: Link, floor: number, usual: number): Json {
    const { random } = this;
    const isPoor = random.chance((POOR / 3) * link.trouble);
    const hasLoss = random.chance(0.7);
    const rate = Math.max(floor + 0.5, Math.min(30, random.logNormal(usual, 0.25)));
    return {
      ...this.stream(direction, link, link.seconds * 120 * (0.5 + random.unit() / 2)),
      videoCodec: random.pick(['h264', 'h264', 'h264', 'av1']),
      averageVideoFrameLossPercentage: hasLoss
        ? rounded(isPoor ? 55 + 40 * random.unit() : random.logNormal(0.8, 0.9))
        : null,
      averageVideoFrameRate: rounded(isPoor && !hasLoss ? floor * random.unit() : rate),
      averageFreezeDuration: isPoor ? milliseconds(500 + 2000 * random.unit()) : null,
      postForwardErrorCorrectionPacketLossRate: rounded(Math.min(0.1, random.logNormal(0.001, 1))),
      averageBandwidthEstimate: Math.round(random.logNormal(3_000_000, 0.7)),
    };
  }
}

const secondsOf = ({ start, end }: Talk): number => end.seconds - start.seconds;
const spanOf = (talk: Talk) => ({ start: talk.start, end: talk.end, seconds: secondsOf(talk) });

/** A duration in Graph's form. */
const milliseconds = (value: number): string => `PT${rounded(value / 1000)}S`;
/** Rounded to the digits that matter, and never in exponent notation. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
