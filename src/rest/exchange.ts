import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import type { Verifier } from '../auth/verifier.js';
import { answerTooLarge, isWithinAnswer } from '../domain/cost.js';
import type { JsonObject } from '../domain/document.js';
import { stringifyJson } from '../domain/json.js';
import type { Limits } from '../domain/limits.js';
import type { Store } from '../store/store.js';
import { type Links, linksFor } from './links.js';
import { type AnswerForm, readAnswerForm } from './negotiation.js';
import { type QueryOptions, readQueryOptions } from './query-options.js';

/** What the routes of this door work with. */
export interface RestDoor {
  store: Store;
  verifier: Verifier;
  limits: Limits;
  /** Takes cost points from a caller's budget; rejects with RATE_LIMITED when it is spent. */
  spend: (caller: string, points: number) => Promise<void>;
}

/** One request as the routes see it: who asks, for what, and in which form. */
export interface Exchange {
  caller: Caller;
  options: QueryOptions;
  form: AnswerForm;
  limits: Limits;
  links: Links;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface ExchangeContext {
  caller: Caller;
  /** What stands before `/communications`. */
  prefix: string;
  /** The query options of the path. */
  supported: readonly string[];
  limits: Limits;
}

/** Reads what all routes need. */
export function readExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, prefix, supported, limits }: ExchangeContext,
): Exchange {
  const [, query = ''] = /\?(.*)$/s.exec(request.raw.url ?? '') ?? [];
  const options = readQueryOptions(query, supported);
  const form = readAnswerForm(request.headers, limits, options.get('$format'));
  return { caller, options, form, limits, links: linksFor(request.protocol, request.host, prefix), request, reply };
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

/** RFC 7240, section 3: what was honoured. */
export function applyPreferences(reply: FastifyReply, preferences: readonly string[]): void {
  if (preferences.length > 0) void reply.header('preference-applied', preferences.join(', '));
}
