import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../auth/caller.js';
import { isBasic, type Verifier } from '../auth/verifier.js';
import { answerTooLarge, isWithinAnswer } from '../domain/cost.js';
import { CallRecordsError } from '../domain/errors.js';
import { Asker } from '../domain/asker.js';
import type { CreateReader } from '../domain/create-input.js';
import type { JsonObject } from '../domain/document.js';
import { stringifyJson } from '../platform/json.js';
import type { Limits } from '../domain/limits.js';
import type { Store } from '../store/store.js';
import { type Links, linksFor } from './links.js';
import { type AnswerForm, readAnswerForm } from './negotiation.js';
import { type QueryOptions, readQueryOptions } from './query-options.js';

/** What the routes of this door work with. */
export interface RestDoor {
  store: Store;
  verifier: Verifier;
  /** Of HTTP Basic over TLS; null where no passwords are taken. */
  passwords: Verifier | null;
  limits: Limits;
  /** By its types the service is described. */
  schema: GraphQLSchema;
  /** Whether note is taken of what each request reads. */
  watchesReads: boolean;
  /** Reads the JSON of a create by the schema's input type. */
  readCreate: CreateReader;
  /** Takes cost points from a caller's budget; rejects with RATE_LIMITED when it is spent. */
  spend: (caller: string, points: number) => Promise<void>;
}

/** Who asks, whether alone or in a batch, and what its links begin with. */
export interface Sender {
  caller: Caller;
  asker: Asker;
  links: Links;
}

/** One request as the routes see it: who asks, for what, and in which form. */
export interface Exchange extends Sender {
  options: QueryOptions;
  form: AnswerForm;
  limits: Limits;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface ExchangeContext {
  sender: Sender;
  /** The query options of the path. */
  supported: readonly string[];
  /** Whether the answer is no JSON: then `Accept` is not looked at, and there is no `$format`. */
  isText: boolean;
  limits: Limits;
}

/** Tells who sends a request, by a token or, where they are taken, by a password that nobody could read on its way. */
export async function identify({ verifier, passwords }: RestDoor, request: FastifyRequest): Promise<Caller> {
  const { authorization } = request.headers;
  if (!isBasic(authorization)) return verifier.verify(authorization);
  if (!passwords)
    throw unauthenticated('This server takes no passwords (BASIC_AUTH is off): a bearer token is required instead.');
  if (request.protocol !== 'https')
    throw unauthenticated('A password is taken over https only; it has just been sent where others may read it.');
  return passwords.verify(authorization);
}

const unauthenticated = (message: string) => new CallRecordsError('UNAUTHENTICATED', message);

/** What to answer to those who come without: passwords are another way in (RFC 7617). */
export function challengeOf({ passwords }: RestDoor, { protocol }: FastifyRequest): string | null {
  return passwords && protocol === 'https' ? 'Basic realm="call records", charset="UTF-8"' : null;
}

/** Who asks by itself; `prefix` stands before `/communications`. */
export function senderOf(request: FastifyRequest, reply: FastifyReply, caller: Caller, prefix: string): Sender {
  return {
    caller,
    asker: new Asker(caller.subject, reply.raw),
    links: linksFor(request.protocol, request.host, prefix),
  };
}

/** Reads what all routes need. */
export function readExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  { sender, supported, isText, limits }: ExchangeContext,
): Exchange {
  const [, query = ''] = /\?(.*)$/s.exec(request.raw.url ?? '') ?? [];
  const options = readQueryOptions(query, isText ? supported : [...supported, '$format']);
  const headers = isText ? { ...request.headers, accept: undefined } : request.headers;
  const form = readAnswerForm(headers, limits, options.get('$format'));
  return { ...sender, options, form, limits, request, reply };
}

/** Sends a payload as OData JSON, and says which preferences it honours. */
export function sendPayload(
  { limits, reply, form }: Exchange,
  payload: JsonObject,
  preferences: readonly string[] = form.applied,
): FastifyReply {
  const media = [
    'application/json',
    `odata.metadata=${form.metadata}`,
    'odata.streaming=true',
    `IEEE754Compatible=${form.int64AsText}`,
    'charset=utf-8',
  ];
  applyPreferences(reply, preferences);
  const text = stringifyJson(payload);
  if (!isWithinAnswer(text, limits)) throw answerTooLarge(limits);
  return reply.type(media.join(';')).send(text);
}

/** Sends how many there are. */
export function sendCount({ reply }: Exchange, count: number): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send(String(count));
}

/** RFC 7240, section 3: what was honoured. */
export function applyPreferences(reply: FastifyReply, preferences: readonly string[]): void {
  if (preferences.length > 0) void reply.header('preference-applied', preferences.join(', '));
}
