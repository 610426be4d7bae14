import type { FormattedExecutionResult } from 'graphql';

/** Data of an answer that is JSON text already. */
export class JsonText {
  constructor(readonly text: string) {}

  /** For whoever looks into the answer, as a plugin may. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** An answer as Apollo writes it, with data that is text already as it is. */
export function stringifyResult(result: FormattedExecutionResult): string {
  const data: unknown = result.data;
  if (!(data instanceof JsonText)) return `${JSON.stringify(result)}\n`;
  if (result.errors === undefined && result.extensions === undefined) return `{"data":${data.text}}\n`;
  const members = [
    ...(result.errors === undefined ? [] : [`"errors":${JSON.stringify(result.errors)}`]),
    `"data":${data.text}`,
    ...(result.extensions === undefined ? [] : [`"extensions":${JSON.stringify(result.extensions)}`]),
  ];
  return `{${members.join()}}\n`;
}
