import { CallType } from '../../domain/enums.js';
import type { CallRecordDocument } from '../../domain/document.js';
import { isObject, type JsonObject } from '../../platform/json-object.js';
import { type JudgedStream, QualityClass } from '../../domain/quality.js';
import { reasonBits, type RecordQuality } from './quality-columns.js';
import type { StreamsTable } from './tables.js';

type Side = 'caller' | 'callee';
type Told = Record<string, unknown>;

/**
 * The streams of a record as a person's side sees them. The side is the caller; in a call between two, each side
 * counts, and so does a stream once for each.
 */
export function streamRows(
  { id, type, sessions }: Pick<CallRecordDocument, 'id' | 'type' | 'sessions'>,
  { streams }: Pick<RecordQuality, 'streams'>,
): StreamsTable[] {
  const sides: Side[] = type === String(CallType.peerToPeer) ? ['caller', 'callee'] : ['caller'];
  return streams.flatMap((some, position) => {
    const groups = new Map<string, StreamsTable>();
    let last: JudgedStream | null = null;
    let ends: End[] = [];
    for (const one of some) {
      if (one.media !== last?.media) ends = sides.map((side) => endOf(one, side, sessions[position]));
      last = one;
      const audio_codec = memberOf(one.stream.audioCodec);
      const poor_reason_bits = reasonBits(one.poorReasons);
      for (const { columns, name } of ends) {
        const key = `${one.kind} ${poor_reason_bits} ${audio_codec ?? ''} ${name}`;
        let row = groups.get(key);
        if (!row) {
          // Member by member: V8 takes far longer to copy so many members from several objects.
          row = {
            record_id: id,
            position,
            place: groups.size,
            media_kind: one.kind,
            subnet: columns.subnet,
            connection_type: columns.connection_type,
            wifi_band: columns.wifi_band,
            capture_device: columns.capture_device,
            render_device: columns.render_device,
            client_platform: columns.client_platform,
            client_version: columns.client_version,
            audio_codec,
            poor_reason_bits,
            good_streams: 0,
            poor_streams: 0,
            unclassified_streams: 0,
          };
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

/** The columns that all streams of a media share on one side, and the text that tells these from others. */
interface End {
  columns: ReturnType<typeof columnsOf>;
  name: string;
}

function endOf(one: JudgedStream, side: Side, session: JsonObject | undefined): End {
  const columns = columnsOf(one, side, session);
  return { columns, name: Object.values(columns).join('\0') };
}

/** The segment describes its own ends; its session describes the rest. */
function columnsOf({ media, segment }: JudgedStream, side: Side, session: JsonObject | undefined) {
  const network = told(media[`${side}Network`]);
  const device = told(media[`${side}Device`]);
  const own = told(told(segment[side]).userAgent);
  const other = told(told(session?.[side]).userAgent);
  return {
    subnet: textOf(network.subnet),
    connection_type: memberOf(network.connectionType),
    wifi_band: memberOf(network.wifiBand),
    capture_device: textOf(device.captureDeviceName),
    render_device: textOf(device.renderDeviceName),
    client_platform: memberOf(own.platform) ?? memberOf(other.platform),
    client_version: textOf(own.applicationVersion) ?? textOf(other.applicationVersion),
  };
}

const told = (value: unknown): Told => (isObject(value) ? value : {});

/** Text as both databases hold it: PostgreSQL has no NUL. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.replaceAll('\0', '\uFFFD') : null;
}

/** Members by which Graph itself says that it does not know. */
const UNKNOWN = new Set(['unknown', 'unknownFutureValue']);

function memberOf(value: unknown): string | null {
  const text = textOf(value);
  return text === null || UNKNOWN.has(text) ? null : text;
}
