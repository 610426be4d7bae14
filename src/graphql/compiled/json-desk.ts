import { JsonOutput } from './json-output.js';
import { StoredJson } from './stored-json.js';

/** What one text is read into, and written to. */
export interface Desk {
  json: StoredJson;
  output: JsonOutput;
}

/** Those that nobody is at; while one text is written, another may be that is computed from it. */
const idle: Desk[] = [];

/** Does some work at a desk that nobody else is at meanwhile. */
export function atDesk<Result>(work: (desk: Desk) => Result): Result {
  const desk = idle.pop() ?? { json: new StoredJson(), output: new JsonOutput() };
  desk.output.clear();
  try {
    return work(desk);
  } finally {
    idle.push(desk);
  }
}
