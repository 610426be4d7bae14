import type { Participant, Random } from './people.js';

const TYPE = '#microsoft.graph.callRecords.';
const OFFICES = 12;
/** Client versions. Most people have the newest, which is last. */
const VERSIONS = ['26.2.104.8', '26.5.118.3', '26.8.121.0', '26.9.130.2'];
const PLATFORMS = ['windows', 'windows', 'windows', 'windows', 'macOS', 'macOS', 'iOS', 'android', 'web'];
const HEADSETS = ['Contoso HS 200', 'Contoso HS 220', 'Fabrikam Air 5', 'Built-in array', 'USB audio'];
const PROCESSORS = ['Contoso X7 2.4 GHz', 'Contoso X5 1.8 GHz', 'Fabrikam M2'];

/** A network, and its kind of connection. */
export interface Network {
  network: Record<string, unknown>;
  /** How much more often than average this network spoils a call, as a factor. */
  trouble: number;
}

/** Draws a person's permanent traits from their id, so that nothing has to be stored. */
function traitsOf(id: string): (choices: number) => number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  return (choices) => {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    return (hash >>> 8) % choices;
  };
}

const isPhone = (id: string): boolean => id.startsWith('+');

/** Draws the two endpoints of sessions, with their networks and devices. */
export class Endpoints {
  constructor(private readonly random: Random) {}

  /** The endpoint of a participant, with their client; a telephone has none. */
  participant({ id, identity }: Participant, isAnswered: boolean): Record<string, unknown> {
    const trait = traitsOf(id);
    const platform = PLATFORMS[trait(PLATFORMS.length)] as string;
    const isUpToDate = this.random.chance(0.7);
    const version = isUpToDate ? VERSIONS.at(-1) : VERSIONS[trait(VERSIONS.length)];
    const known = !isPhone(id);
    const { hidden: _hidden, ...associatedIdentity } = Object.values(identity)[0] as Record<string, unknown>;
    return {
      '@odata.type': `${TYPE}participantEndpoint`,
      name: known ? `LT-${1000 + trait(9000)}` : null,
      cpuName: known ? PROCESSORS[trait(PROCESSORS.length)] : null,
      cpuCoresCount: known ? 4 + 2 * trait(7) : null,
      cpuProcessorSpeedInMhz: known ? 1800 + 200 * trait(8) : null,
      feedback: known && isAnswered && this.random.chance(0.02) ? this.feedback() : null,
      userAgent: {
        '@odata.type': `${TYPE}clientUserAgent`,
        headerValue: known ? `Contoso-Client/${version} (${platform})` : null,
        applicationVersion: known ? version : null,
        platform: known ? platform : 'unknown',
        productFamily: known ? 'teams' : 'unknown',
        azureADAppId: null,
        communicationServiceId: null,
      },
      associatedIdentity,
    };
  }

  service(role: string): Record<string, unknown> {
    const userAgent = { '@odata.type': `${TYPE}serviceUserAgent`, headerValue: null, applicationVersion: null, role };
    return { '@odata.type': `${TYPE}serviceEndpoint`, userAgent };
  }

  /** The network of a person: usually that of their office, else at home or on the way. */
  network(id: string): Network {
    const { random } = this;
    const office = traitsOf(id)(OFFICES);
    const draw = random.unit();
    if (isPhone(id) || draw < 0.04) return this.connection('mobile', `100.64.${random.below(200)}`, 2);
    if (draw < 0.3) return this.wifi(`192.168.${random.below(4)}`, 1.6);
    // Two of the offices have bad Wi-Fi.
    if (draw < 0.62) return this.wifi(`10.${20 + office}.${1 + random.below(4)}`, office < 2 ? 4 : 0.8);
    return this.connection(random.chance(0.06) ? 'tunnel' : 'wired', `10.${20 + office}.8`, 0.25);
  }

  /** The service's side of a link, which is never at fault. */
  serviceNetwork(): Record<string, unknown> {
    return this.connection('wired', '52.112.40', 0).network;
  }

  /** A person's headset, speaker or microphone. */
  device(id: string): Record<string, unknown> {
    const { random } = this;
    const headset = HEADSETS[traitsOf(id)(HEADSETS.length)] as string;
    return {
      captureDeviceName: `Microphone (${headset})`,
      captureDeviceDriver: 'Contoso: 10.0.22621.1',
      renderDeviceName: `Speakers (${headset})`,
      renderDeviceDriver: 'Contoso: 10.0.22621.1',
      captureNotFunctioningEventRatio: random.chance(0.01) ? random.unit() : 0,
      renderNotFunctioningEventRatio: random.chance(0.01) ? random.unit() : 0,
      deviceGlitchEventRatio: random.chance(0.03) ? random.unit() / 10 : 0,
      lowSpeechLevelEventRatio: random.chance(0.05) ? random.unit() / 5 : 0,
      cpuInsufficentEventRatio: random.chance(0.04) ? random.unit() / 10 : 0,
      howlingEventCount: random.chance(0.01) ? 1 + random.below(5) : 0,
      receivedSignalLevel: -20 - random.below(20),
      sentSignalLevel: -20 - random.below(20),
    };
  }

  private feedback(): Record<string, unknown> {
    const rating = this.random.pick(['bad', 'poor', 'fair', 'good', 'good', 'excellent', 'excellent', 'excellent']);
    return { rating, text: null, tokens: null };
  }

  private wifi(prefix: string, trouble: number): Network {
    const isSlow = this.random.chance(0.25);
    const { network } = this.connection('wifi', prefix, trouble);
    const wifi = {
      wifiBand: isSlow ? 'frequency24GHz' : 'frequency50GHz',
      wifiRadioType: isSlow ? 'wifi80211n' : this.random.pick(['wifi80211ac', 'wifi80211ax']),
      wifiSignalStrength: 40 + this.random.below(60),
      wifiChannel: isSlow ? 1 + this.random.below(13) : 36 + 4 * this.random.below(20),
    };
    return { network: { ...network, ...wifi }, trouble: trouble * (isSlow ? 2 : 0.8) };
  }

  private connection(connectionType: string, prefix: string, trouble: number): Network {
    const { random } = this;
    const network = {
      connectionType,
      networkTransportProtocol: random.chance(0.97) ? 'udp' : 'tcp',
      ipAddress: `${prefix}.${1 + random.below(254)}`,
      subnet: `${prefix}.0`,
      reflexiveIPAddress: `203.0.113.${1 + random.below(254)}`,
      relayIPAddress: '52.114.7.9',
      port: 50_000 + random.below(60),
      linkSpeed: connectionType === 'wired' ? 1_000_000_000 : 1_000_000 * (50 + random.below(800)),
      macAddress: '02:00:00:00:00:00',
      wifiBand: 'unknown',
      wifiRadioType: 'unknown',
      bandwidthLowEventRatio: random.chance(0.03) ? random.unit() / 10 : 0,
      traceRouteHops: [],
    };
    return { network, trouble };
  }
}
