import type { ReactNode } from 'react';
import { nameOf } from '../app/format.js';
import { endName } from './end-name.js';
import type { Segment } from './session-query.js';

type Media = Segment['media'][number];
type Device = Media['callerDevice'];
type Network = Media['callerNetwork'];
type End = Segment['caller'];

interface SidesProps {
  caller: End;
  callee: End;
  /** One media of the segment. As a rule, all media of a side have the same devices and networks. */
  media: Media;
}

/** The devices and the networks at both ends. */
export function Sides({ caller, callee, media }: SidesProps) {
  return (
    <div className="sides">
      <Side end={caller} device={media.callerDevice} network={media.callerNetwork} />
      <Side end={callee} device={media.calleeDevice} network={media.calleeNetwork} />
    </div>
  );
}

function Side({ end, device, network }: { end: End; device: Device; network: Network }) {
  const facts = [...factsOfEnd(end), ...factsOfNetwork(network), ...factsOfDevice(device)];
  return (
    <div className="side">
      <h3>{endName(end)}</h3>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

type Fact = [string, ReactNode];

const known = (member: string | null | undefined) => (member && member !== 'unknown' ? nameOf(member) : null);

/** The facts that have a value. */
function told(facts: [string, ReactNode][]): Fact[] {
  return facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
}

function factsOfEnd(end: End): Fact[] {
  const agent = end?.userAgent;
  const client =
    agent && 'platform' in agent
      ? [known(agent.productFamily), known(agent.platform)].filter(Boolean).join(' on ')
      : null;
  const own = end?.__typename === 'ParticipantEndpoint' ? end : null;
  return told([
    ['Client', client],
    ['Version', agent?.applicationVersion],
    ['Computer', own?.name],
    ['Processor', own?.cpuName && `${own.cpuName}${own.cpuCoresCount ? `, ${own.cpuCoresCount} cores` : ''}`],
    ['Rated', own?.feedback?.rating && `${own.feedback.rating}${own.feedback.text ? `: ${own.feedback.text}` : ''}`],
  ]);
}

const share = (ratio: number | null | undefined) =>
  ratio != null && ratio > 0 ? `${(ratio * 100).toFixed(1)} % of the call` : null;

function factsOfNetwork(network: Network): Fact[] {
  if (!network) return [];
  const wifi = [
    known(network.wifiBand),
    known(network.wifiRadioType),
    network.wifiSignalStrength != null && `signal ${network.wifiSignalStrength} %`,
    network.wifiChannel != null && `channel ${network.wifiChannel}`,
  ].filter(Boolean);
  return told([
    ['Connection', known(network.connectionType)],
    ['Wi-Fi', wifi.join(', ')],
    ['Subnet', network.subnet],
    ['Address', network.ipAddress],
    ['Public address', network.reflexiveIPAddress],
    ['Link', network.linkSpeed == null ? null : `${Number(network.linkSpeed) / 1e6} Mbit/s`],
    ['Protocol', known(network.networkTransportProtocol)?.toUpperCase()],
    ['Too little bandwidth', share(network.bandwidthLowEventRatio)],
    ['Delay was felt', share(network.delayEventRatio)],
    ['Bad when received', share(network.receivedQualityEventRatio)],
    ['Bad when sent', share(network.sentQualityEventRatio)],
  ]);
}

function factsOfDevice(device: Device): Fact[] {
  if (!device) return [];
  return told([
    ['Microphone', device.captureDeviceName],
    ['Speaker', device.renderDeviceName],
    ['Microphone did not work', share(device.captureNotFunctioningEventRatio)],
    ['Speaker did not work', share(device.renderNotFunctioningEventRatio)],
    ['Speaker muted', share(device.renderMuteEventRatio)],
    ['Volume at zero', share(device.renderZeroVolumeEventRatio)],
    ['Clipping', share(device.deviceClippingEventRatio)],
    ['Glitches', share(device.deviceGlitchEventRatio)],
    ['Speech too quiet', share(device.lowSpeechLevelEventRatio)],
    ['Speech in noise', share(device.lowSpeechToNoiseEventRatio)],
    ['Computer too slow', share(device.cpuInsufficentEventRatio)],
    ['Howling', device.howlingEventCount ? `${device.howlingEventCount} times` : null],
  ]);
}
