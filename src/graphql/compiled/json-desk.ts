import { JsonOutput } from './json-output.js';
import { StoredJson } from './stored-json.js';

/** A pair of buffers: one for the text that is read, one for the text that is written. */
export interface Desk {
  json: StoredJson;
  output: JsonOutput;
}

/** Free desks. While one text is written, a value computed from it may need another desk. */
const idle: Desk[] = [];

/** Does some work at a desk that no other work uses meanwhile. */
export function atDesk<Result>(work: (desk: Desk) => Result): Result {
  const desk = idle.pop() ?? { json: new StoredJson(), output: new JsonOutput() };
  desk.output.clear();
  try {
    return work(desk);
  } finally {
    idle.push(desk);
  }
}
