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

/** What the routes of this door use. */
export interface RestDoor {
  store: Store;
  verifier: Verifier;
  /** The verifier of HTTP Basic over TLS; null if passwords are not accepted. */
  passwords: Verifier | null;
  limits: Limits;
  /** The service description is made from its types. */
  schema: GraphQLSchema;
  /** Whether the reads of each request are recorded. */
  watchesReads: boolean;
  /** Reads the JSON of a create by the schema's input type. */
  readCreate: CreateReader;
  /** Takes cost points from a caller's budget; rejects with RATE_LIMITED if it is used up. */
  spend: (caller: string, points: number) => Promise<void>;
}

/** The caller of a request, by itself or in a batch, and the start of its links. */
export interface Sender {
  caller: Caller;
  asker: Asker;
  links: Links;
}

/** One request as the routes see it: its caller, options, and the form of the response. */
export interface Exchange extends Sender {
  options: QueryOptions;
  form: AnswerForm;
  limits: Limits;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface ExchangeContext {
  sender: Sender;
  /** The query options that the path supports. */
  supported: readonly string[];
  /** Whether the response is plain text: then `Accept` is ignored, and there is no `$format`. */
  isText: boolean;
  limits: Limits;
}

/** Authenticates a request: by a token or, if passwords are accepted, by a password that came encrypted. */
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

/** The value of `WWW-Authenticate` where passwords are accepted, too (RFC 7617). */
export function challengeOf({ passwords }: RestDoor, { protocol }: FastifyRequest): string | null {
  return passwords && protocol === 'https' ? 'Basic realm="call records", charset="UTF-8"' : null;
}

/** The sender of a request that came by itself; `prefix` stands before `/communications`. */
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

/** Sends a payload as OData JSON, and names the preferences that were honoured. */
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

/** Sends a count as text. */
export function sendCount({ reply }: Exchange, count: number): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send(String(count));
}

/** RFC 7240, section 3: names the preferences that were honoured. */
export function applyPreferences(reply: FastifyReply, preferences: readonly string[]): void {
  if (preferences.length > 0) void reply.header('preference-applied', preferences.join(', '));
}
