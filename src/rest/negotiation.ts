import { CallRecordsError, HttpError } from '../domain/errors.js';
import type { Limits } from '../domain/limits.js';

/** The form of the response that a client asks for, in its `Prefer` and `Accept` headers. */
export interface AnswerForm {
  /** `odata.maxpagesize`, cut to the limit: the most records or participants of a page. */
  maxPageSize: number | undefined;
  /** `include-unknown-enum-members`: members that this version does not know are sent as they came from the source. */
  unknownMembers: boolean;
  /** `omit-values=nulls`. */
  omitNulls: boolean;
  /** `return=minimal`: no body after a create. `return=representation`, or no preference: the record. */
  returns: 'minimal' | 'representation' | undefined;
  /** `IEEE754Compatible=true`: 64-bit integers are sent as text. */
  int64AsText: boolean;
  /** `odata.metadata=none`: control information is left out, except links and counts. */
  metadata: 'minimal' | 'none';
  /** The value of `Preference-Applied`. */
  applied: string[];
}

const RETURNS = ['minimal', 'representation'] as const;

/** Reads the headers of a request. Throws NOT_ACCEPTABLE if the client does not accept JSON. */
export function readAnswerForm(
  headers: { [name: string]: string | string[] | undefined },
  limits: Pick<Limits, 'maxPageSize'>,
  format?: string,
): AnswerForm {
  const preferences = readPreferences(headers.prefer);
  const media = acceptedJson(format === undefined ? textOf(headers.accept) : mediaOf(format));
  const size = Number(preferences.get('maxpagesize'));
  const form = {
    maxPageSize: Number.isSafeInteger(size) && size > 0 ? Math.min(size, limits.maxPageSize) : undefined,
    unknownMembers: preferences.has('include-unknown-enum-members'),
    omitNulls: preferences.get('omit-values') === 'nulls',
    returns: RETURNS.find((one) => one === preferences.get('return')),
    int64AsText: media.get('ieee754compatible') === 'true',
    metadata:
      (media.get('odata.metadata') ?? media.get('metadata')) === 'none' ? ('none' as const) : ('minimal' as const),
  };
  const applied = [
    ...(form.maxPageSize === undefined ? [] : [`odata.maxpagesize=${form.maxPageSize}`]),
    ...(form.unknownMembers ? ['include-unknown-enum-members'] : []),
    ...(form.omitNulls ? ['omit-values=nulls'] : []),
  ];
  return { ...form, applied };
}

/**
 * Preferences by name, in lower case and without the `odata.` that 4.01 lets clients omit. The first of several counts
 * (RFC 7240, section 2).
 */
function readPreferences(header: string | string[] | undefined): Map<string, string> {
  const preferences = new Map<string, string>();
  for (const preference of textOf(header).split(',')) {
    const [pair = ''] = preference.split(';');
    const [name = '', value = ''] = pair.split('=').map((part) => part.trim());
    const key = name.toLowerCase().replace(/^odata\./, '');
    if (!preferences.has(key)) preferences.set(key, value.replace(/^"(.*)"$/, '$1'));
  }
  return preferences;
}

/** Media ranges that include JSON, the most specific first: that one decides (RFC 9110, 12.5.1). */
const JSON_RANGES = ['application/json', 'application/*', '*/*'];

/** The parameters, names in lower case, of the media range that accepts JSON. */
function acceptedJson(accept: string): Map<string, string> {
  if (accept.trim() === '') return new Map();
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...rest] = range.split(';').map((part) => part.trim());
    const parameters = new Map(rest.map((part) => parameterOf(part)));
    return { type: type.toLowerCase(), parameters, weight: Number(parameters.get('q') ?? 1) };
  });
  for (const type of JSON_RANGES) {
    const [best] = ranges.filter((range) => range.type === type).sort((one, other) => other.weight - one.weight);
    if (best?.weight === 0) break;
    if (best) return best.parameters;
  }
  throw new CallRecordsError('NOT_ACCEPTABLE', 'Only application/json is offered here.');
}

function parameterOf(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=').map((part) => part.trim());
  return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1').toLowerCase()];
}

function mediaOf(format: string): string {
  return format.toLowerCase() === 'json' ? 'application/json' : format;
}

function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(', ') : (header ?? '');
}

/** Refuses a client that knows only versions of OData before 4.0. */
export function requireVersion(maxVersion: string | string[] | undefined): void {
  if (maxVersion === undefined) return;
  if (!(Number.parseFloat(textOf(maxVersion)) >= 4))
    throw new HttpError(400, 'OData-MaxVersion: only OData 4.0 is offered here.');
}
