import { compareText } from '../../platform/compare-text.js';
import type { QualityDimension } from '../../domain/quality-groups.js';

/** Streams with the same value in a dimension; null is a value that the source does not give. */
export interface StreamGroup {
  value: string | null;
  goodStreams: number;
  poorStreams: number;
  unclassifiedStreams: number;
}

type Counts = Omit<StreamGroup, 'value'>;
type Kept = [value: string | null, good: number, poor: number, unclassified: number];

/** The quality of streams, by the values of each dimension. In bytes it is JSON: lists by dimension. */
export class StreamTally {
  private readonly byDimension = new Map<string, Map<string | null, StreamGroup>>();

  add(
    dimension: QualityDimension,
    value: string | null,
    { goodStreams, poorStreams, unclassifiedStreams }: Counts,
  ): void {
    let groups = this.byDimension.get(dimension);
    if (!groups) this.byDimension.set(dimension, (groups = new Map<string | null, StreamGroup>()));
    let group = groups.get(value);
    if (!group) groups.set(value, (group = { value, goodStreams: 0, poorStreams: 0, unclassifiedStreams: 0 }));
    group.goodStreams += goodStreams;
    group.poorStreams += poorStreams;
    group.unclassifiedStreams += unclassifiedStreams;
  }

  /** Adds a stored tally; of one dimension only, if it is given. */
  addBytes(bytes: Uint8Array, wanted?: QualityDimension): void {
    const kept = JSON.parse(Buffer.from(bytes).toString()) as Record<QualityDimension, Kept[]>;
    for (const [dimension, groups] of Object.entries(kept) as [QualityDimension, Kept[]][]) {
      if (wanted && dimension !== wanted) continue;
      for (const [value, goodStreams, poorStreams, unclassifiedStreams] of groups)
        this.add(dimension, value, { goodStreams, poorStreams, unclassifiedStreams });
    }
  }

  toBytes(): Buffer {
    const kept = [...this.byDimension].map(([dimension, groups]): [string, Kept[]] => [
      dimension,
      [...groups.values()]
        .map((one): Kept => [one.value, one.goodStreams, one.poorStreams, one.unclassifiedStreams])
        // In a fixed order, so that the same counts have the same bytes.
        .sort(([a], [b]) => (a === null ? -1 : b === null ? 1 : compareText(a, b))),
    ]);
    return Buffer.from(JSON.stringify(Object.fromEntries(kept.sort(([a], [b]) => compareText(a, b)))));
  }

  groups(dimension: QualityDimension): StreamGroup[] {
    return [...(this.byDimension.get(dimension)?.values() ?? [])];
  }
}
