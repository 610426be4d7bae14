import type { UtcText } from '../../../src/domain/date-time.js';

/** Ticks of 100 ns since 1970, negative before; the store compares times as text. */
export function toTicks(utc: UtcText): bigint {
  const [whole = '', fraction = ''] = utc.split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 10_000n + BigInt(fraction.padEnd(7, '0'));
}
