import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../domain/document.js';
import { type HttpResponse, sendRequest } from '../platform/http-request.js';
import { parseJson } from '../platform/json.js';
import type { Clock, SyncLog } from './clock.js';
import { GraphRefusal, GraphThrottled, GraphUnavailable, GraphUnreachable, reasonOf } from './graph-errors.js';
import { HostPace, type RecordBudget } from './host-pace.js';
import type { Tokens } from './tokens.js';

/** How often a request is sent that fails on its way, or through the host's fault. */
const ATTEMPTS = 6;
/** How often a throttled request is sent, as long as the host says when to retry. */
const THROTTLED_ATTEMPTS = 20;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** The longest pause within a pass; after a longer one, a later pass retries. */
const LONGEST_PAUSE_MS = 3_600_000;
const ANSWERED_WITHIN_MS = 100_000;
/** Clocks that differ by less are taken as right: the header has whole seconds, and the response was on its way. */
const SKEW_MS = 300_000;

const RETRIED = new Set([408, 500, 502, 504, 509]);

export interface GraphClientOptions {
  /** Scheme and host. */
  url: string;
  tokens: Tokens;
  clock: Clock;
  log: SyncLog;
  /** From 0 to below 1. It spreads the retries of several clients. */
  random?: () => number;
  answeredWithinMs?: number;
}

interface GraphRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** A path below `/v1.0`, or a whole link from Graph. */
  path: string;
  body?: object;
  budget: RecordBudget | null;
  signal: AbortSignal;
}

/** The result of one attempt. */
type Attempt =
  | { answer: unknown }
  | { refusal: GraphRefusal }
  | { throttled: true; pauseMs: number | null; reason: string }
  /** `status` of a response that cannot be used; null if none came. */
  | { failed: true; status: number | null; reason: string };

/**
 * Requests JSON from Graph, and retries as needed. Numbers keep all digits. All requests to one host share one client.
 */
export class GraphClient {
  /** The requests that were sent, and how many of them failed or were throttled. */
  readonly counts = { requests: 0, failed: 0, throttled: 0 };
  readonly pace: HostPace;
  private skewMs = 0;

  constructor(private readonly options: GraphClientOptions) {
    this.pace = new HostPace(options.clock);
  }

  /** The time by Graph's clock, in milliseconds since 1970. */
  now(): number {
    return this.options.clock.now() + this.skewMs;
  }

  /**
   * The object at a path below `/v1.0`, or at a link from Graph. Rejects with `GraphRefusal` if Graph refuses the
   * request, and with `GraphUnreachable` if there is no response, or if Graph throttles a record for too long. Rejects
   * with `GraphUnavailable` if the token is not accepted, or if Graph throttles any other request for too long.
   */
  async get(path: string, signal: AbortSignal, budget: RecordBudget | null = null): Promise<JsonObject> {
    const answer = await this.send({ method: 'GET', path, budget, signal });
    if (isObject(answer)) return answer;
    throw new GraphRefusal(0, `${withoutQuery(path)}: the answer is no object`);
  }

  /** Sends a request that changes something; null for a response without a body. */
  async change(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<JsonObject | null> {
    const answer = await this.send({ method, path, body, budget: null, signal });
    return isObject(answer) ? answer : null;
  }

  private async send(request: GraphRequest): Promise<unknown> {
    let failures = 0;
    let throttlings = 0;
    let stale: string | undefined;
    for (;;) {
      const token = await this.options.tokens.get(stale);
      const attempt = await this.pace.run(request.budget, request.signal, () => this.attempt(request, token));
      if ('answer' in attempt) return attempt.answer;
      if ('refusal' in attempt) {
        if (attempt.refusal.status !== 401) throw attempt.refusal;
        if (stale !== undefined) throw new GraphUnavailable(attempt.refusal.message);
        stale = token;
      } else if ('throttled' in attempt) {
        this.counts.throttled += 1;
        const pauseMs = attempt.pauseMs ?? this.backoff(throttlings);
        this.pace.pause(pauseMs);
        throttlings += 1;
        const attempts = attempt.pauseMs === null ? ATTEMPTS : THROTTLED_ATTEMPTS;
        if (throttlings >= attempts || pauseMs > LONGEST_PAUSE_MS)
          throw request.budget ? new GraphThrottled(attempt.reason) : new GraphUnavailable(attempt.reason);
      } else {
        failures += 1;
        // A repeated POST could do the same thing twice.
        if (failures >= ATTEMPTS || request.method === 'POST') throw failureOf(attempt);
        await this.options.clock.wait(this.backoff(failures - 1), request.signal);
      }
    }
  }

  /** Exponential, with full jitter. */
  private backoff(before: number): number {
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** before);
    return longest * (this.options.random ?? Math.random)();
  }

  private async attempt(request: GraphRequest, token: string): Promise<Attempt> {
    const { method, path, body, signal } = request;
    const requestId = randomUUID();
    this.counts.requests += 1;
    let response: HttpResponse | null = null;
    let attempt: Attempt;
    try {
      response = await sendRequest(this.address(path), {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          'client-request-id': requestId,
          prefer: 'include-unknown-enum-members',
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body && JSON.stringify(body),
        signal,
        withinMs: this.options.answeredWithinMs ?? ANSWERED_WITHIN_MS,
      });
      this.learnTime(response);
      attempt = await this.judge(request, response);
    } catch (error) {
      signal.throwIfAborted();
      attempt = { failed: true, status: response?.status ?? null, reason: `${withoutQuery(path)}: ${reasonOf(error)}` };
    }
    if (!('answer' in attempt)) this.tell(attempt, method, requestId, response);
    return attempt;
  }

  private address(path: string): string {
    if (!path.startsWith('http')) return `${this.options.url}/v1.0${path}`;
    // The token is sent only to the host of the settings, whatever a link says.
    return path.replace(/^https?:\/\/[^/?#]*/, this.options.url);
  }

  private learnTime({ headers }: HttpResponse): void {
    const skewMs = Date.parse(headers.date ?? '') - this.options.clock.now();
    if (!Number.isNaN(skewMs)) this.skewMs = Math.abs(skewMs) > SKEW_MS ? skewMs : 0;
  }

  private async judge({ method, path }: GraphRequest, response: HttpResponse): Promise<Attempt> {
    const { status, headers } = response;
    const text = await response.text();
    const what = `${withoutQuery(path)}: status ${status}`;
    if (status === 429 || status === 503)
      return {
        throttled: true,
        pauseMs: pauseOf(headers['retry-after'], this.now()),
        reason: `${what}, too many requests`,
      };
    if (RETRIED.has(status)) return { failed: true, status, reason: what };
    const isOk = status >= 200 && status < 300;
    if (isOk && text === '' && method !== 'GET') return { answer: null };
    let json: unknown;
    try {
      json = parseJson(text);
    } catch {
      // A proxy's page, or a body that was cut off.
      return { failed: true, status, reason: `${what}, and no JSON` };
    }
    return isOk ? { answer: json } : { refusal: new GraphRefusal(status, `${what}${toldBy(json)}`) };
  }

  private tell(attempt: Attempt, method: string, clientRequestId: string, response: HttpResponse | null): void {
    this.counts.failed += 1;
    const reason = 'refusal' in attempt ? attempt.refusal.message : 'reason' in attempt ? attempt.reason : '';
    const facts = { method, reason, requestId: response?.headers['request-id'], clientRequestId };
    this.options.log.warn(facts, 'request to Microsoft Graph failed');
  }
}

function failureOf({ status, reason }: Extract<Attempt, { failed: true }>): Error {
  return status === null ? new GraphUnreachable(reason) : new GraphRefusal(status, reason);
}

/** Enough for a person to know which request it was. The query could name people; Graph's log has it. */
function withoutQuery(path: string): string {
  return path.replace(/^https?:\/\/[^/]*(\/v1\.0)?/, '').replace(/\?.*/, '');
}

/** Graph's error in a few words, without quotes and personal data. */
function toldBy(json: unknown): string {
  const error = isObject(json) && isObject(json.error) ? json.error : {};
  const said = [error.code, error.message].filter((text) => typeof text === 'string' && text !== '').join(': ');
  return said === '' ? '' : `, ${said.replace(/\s+/g, ' ').slice(0, 300)}`;
}

/**
 * Parses seconds or a date (RFC 9110, 10.2.3) into milliseconds from now. Null if it cannot be read, or gives no time
 * to wait: retrying at once, again and again, would not help.
 */
function pauseOf(retryAfter: string | undefined, now: number): number | null {
  if (retryAfter === undefined) return null;
  const pauseMs = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return pauseMs > 0 ? pauseMs : null;
}
