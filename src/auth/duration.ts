const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const LONGEST_SECONDS = 100 * 366 * 86_400;

/**
 * Turns `90s`, `15m`, `8h` or `7d` into seconds. Throws an Error of one line for any other text, for zero, and for a
 * century or more.
 */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text.trim()) ?? [];
  const seconds = Number(count) * (SECONDS[unit ?? ''] ?? NaN);
  if (seconds > 0 && seconds <= LONGEST_SECONDS) return seconds;
  throw new Error(`${JSON.stringify(text)} is not a duration; write a number with s, m, h or d, such as 8h.`);
}
