import { type Options, SingleBar } from 'cli-progress';

/** A progress bar on a terminal for long work; shows nothing if standard error is not a terminal. */
export class Progress {
  private readonly bar: SingleBar | null;
  private done = 0;

  /** `total` and the counts are shown in units of `perUnit`. An unknown total is null. */
  constructor(
    total: number | null,
    unit: string,
    private readonly perUnit = 1,
  ) {
    const format = total === null ? `{value} ${unit}` : `{bar} {percentage}% of {total} ${unit}, {eta_formatted} left`;
    const formatValue: Options['formatValue'] = (value, _options, type) =>
      type === 'total' || type === 'value' ? this.inUnits(value) : String(value);
    this.bar = process.stderr.isTTY ? new SingleBar({ format, formatValue, stream: process.stderr }) : null;
    this.bar?.start(total ?? 0, 0);
  }

  /** Passes items on, and counts each one by its size once it has been processed. */
  async *through<Item>(
    items: Iterable<Item> | AsyncIterable<Item>,
    sizeOf: (item: Item) => number = () => 1,
  ): AsyncGenerator<Item> {
    for await (const item of items) {
      yield item;
      this.set(this.done + sizeOf(item));
    }
  }

  /** Sets how much is done, if it is not counted here. */
  set(done: number): void {
    this.done = done;
    this.bar?.update(done);
  }

  /** Rounded to a tenth of a unit; any progress at all shows as more than zero. */
  private inUnits(value: number): string {
    return String(Math.ceil((value / this.perUnit) * 10) / 10);
  }

  stop(): void {
    this.bar?.stop();
  }
}
