/** How many there are, in milliseconds, and how they lie. */
export function describeLatencies(latencies: readonly number[]): string {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
  return `${sorted.length} times, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}
