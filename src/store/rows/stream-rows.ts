import { CallType } from '../../domain/enums.js';
import type { CallRecordDocument } from '../../domain/document.js';
import { isObject, type JsonObject } from '../../platform/json-object.js';
import { type JudgedStream, QualityClass } from '../../domain/quality.js';
import { reasonBits, type RecordQuality } from './quality-columns.js';
import type { StreamsTable } from './tables.js';

type Side = 'caller' | 'callee';
type Told = Record<string, unknown>;

/**
 * The streams of a record by what they look like from the side of a person: the caller in all calls but those between
 * two, where each side is one, and a stream counts once for each.
 */
export function streamRows(
  { id, type, sessions }: Pick<CallRecordDocument, 'id' | 'type' | 'sessions'>,
  { streams }: Pick<RecordQuality, 'streams'>,
): StreamsTable[] {
  const sides: Side[] = type === String(CallType.peerToPeer) ? ['caller', 'callee'] : ['caller'];
  return streams.flatMap((some, position) => {
    const groups = new Map<string, StreamsTable>();
    for (const one of some) {
      for (const side of sides) {
        const columns = { ...columnsOf(one, side, sessions[position]), poor_reason_bits: reasonBits(one.poorReasons) };
        const key = JSON.stringify(Object.values(columns));
        let row = groups.get(key);
        if (!row) {
          const none = { good_streams: 0, poor_streams: 0, unclassified_streams: 0 };
          row = { record_id: id, position, place: groups.size, ...columns, ...none };
          groups.set(key, row);
        }
        row[COUNTED[one.quality]] += 1;
      }
    }
    return [...groups.values()];
  });
}

const COUNTED = {
  [QualityClass.GOOD]: 'good_streams',
  [QualityClass.POOR]: 'poor_streams',
  [QualityClass.UNCLASSIFIED]: 'unclassified_streams',
} as const satisfies Record<QualityClass, keyof StreamsTable>;

/** The segment tells of its own ends; what it leaves out, its session tells. */
function columnsOf({ kind, stream, media, segment }: JudgedStream, side: Side, session: JsonObject | undefined) {
  const network = told(media[`${side}Network`]);
  const device = told(media[`${side}Device`]);
  const [own, other] = [segment, session].map((part) => told(told(part?.[side]).userAgent)) as [Told, Told];
  return {
    media_kind: kind,
    subnet: textOf(network.subnet),
    connection_type: memberOf(network.connectionType),
    wifi_band: memberOf(network.wifiBand),
    capture_device: textOf(device.captureDeviceName),
    render_device: textOf(device.renderDeviceName),
    client_platform: memberOf(own.platform) ?? memberOf(other.platform),
    client_version: textOf(own.applicationVersion) ?? textOf(other.applicationVersion),
    audio_codec: memberOf(stream.audioCodec),
  };
}

const told = (value: unknown): Told => (isObject(value) ? value : {});

/** As both databases hold it: one of them has no NUL. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.replaceAll('\0', '\uFFFD') : null;
}

/** Members by which Graph itself says that it does not know. */
const UNKNOWN = new Set(['unknown', 'unknownFutureValue']);

function memberOf(value: unknown): string | null {
  const text = textOf(value);
  return text === null || UNKNOWN.has(text) ? null : text;
}
