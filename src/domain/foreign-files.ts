import { isObject, type JsonObject } from './document.js';

const TELEPHONE_ROWS =
  'These are rows of a telephone log (getPstnCalls, getDirectRoutingCalls), another data set than call records.';
const TYPED_CMDLET =
  'Names such as Id begin with a capital, as typed cmdlets (Get-Mg…) write them; save what Invoke-MgGraphRequest -OutputType Json answers.';

/**
 * A description of an object that is mistaken for a call record, for the person who imports it; null for any other
 * object.
 */
export function otherDataSet(json: JsonObject): string | null {
  const context = json['@odata.context'];
  if (typeof context === 'string' && /(?:pstnCall|directRouting)LogRow/i.test(context)) return TELEPHONE_ROWS;
  if (json.version == null && 'callerNumber' in json && 'calleeNumber' in json) return TELEPHONE_ROWS;
  return json.id === undefined && 'Id' in json ? TYPED_CMDLET : null;
}

/** A response that somebody has saved, or why there is none. */
export type SavedAnswer = { answer: unknown } | { failure: string };

/** The responses in a JSON value: each one of a `$batch`, or any other value itself. */
export function savedAnswers(json: unknown): SavedAnswer[] {
  if (!isObject(json) || 'id' in json || !Array.isArray(json.responses)) return [{ answer: json }];
  return json.responses.map((response: unknown): SavedAnswer => {
    if (!isObject(response)) return { answer: response };
    const { id, status, body } = response;
    const isGood = typeof status !== 'number' || (status >= 200 && status < 300);
    if (isGood) return { answer: body };
    const error = isObject(body) && isObject(body.error) ? body.error : {};
    const code = typeof error.code === 'string' ? ` (${error.code})` : '';
    return { failure: `The request ${JSON.stringify(id)} of this batch was answered with status ${status}${code}.` };
  });
}
