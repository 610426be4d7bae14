import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const ID_BYTES = 16;
const IDS_AT_ONCE = 256;

const random = new Uint8Array(ID_BYTES * IDS_AT_ONCE);
let used = random.length;
let last = { msecs: 0, seq: 0 };

/**
 * The id of a new record, a UUIDv7 (RFC 9562). In one process each is greater than the one before, so that inserts stay
 * at the right edge of indexes. Random bytes are drawn for many ids together: drawing costs more than making an id.
 */
export function newRecordId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const bytes = random.subarray(used, (used += ID_BYTES));
  const msecs = Date.now();
  // Within one millisecond, or after the clock was set back, the counter grows instead.
  if (msecs > last.msecs) last = { msecs, seq: startOfCounter(bytes) };
  else if (last.seq < COUNTER_LIMIT) last.seq += 1;
  else last = { msecs: last.msecs + 1, seq: 0 };
  return uuidv7({ random: bytes, ...last });
}

/** 32 bits. */
const COUNTER_LIMIT = 0xffff_ffff;

/** Random in the lower half, so that there is room to count. */
function startOfCounter(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(6) >>> 1;
}
