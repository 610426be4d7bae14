import type { Selected } from '../look-ahead.js';

/** Writes an object of the answer. */
export type Writer<Input> = (input: Input) => string;

/**
 * A writer of an object with its selection, in the order of the answer. `writerOf` gives the writer of each field. All
 * constant text is put together once.
 */
export function objectWriter<Input>(
  type: string,
  selected: readonly Selected[],
  writerOf: (field: Selected) => Writer<Input>,
): Writer<Input> {
  const parts: { before: string; write: Writer<Input> }[] = [];
  let constant = '{';
  selected.forEach((field, index) => {
    constant += `${index === 0 ? '' : ','}${JSON.stringify(field.key)}:`;
    if (field.name === '__typename') {
      constant += JSON.stringify(type);
      return;
    }
    parts.push({ before: constant, write: writerOf(field) });
    constant = '';
  });
  const after = `${constant}}`;
  return (input) => {
    let text = '';
    for (const { before, write } of parts) text += before + write(input);
    return text + after;
  };
}
