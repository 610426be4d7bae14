import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../domain/document.js';
import { parseJson } from '../platform/json.js';
import type { Clock, SyncLog } from './clock.js';
import { GraphRefusal, GraphThrottled, GraphUnavailable, GraphUnreachable, reasonOf } from './graph-errors.js';
import { HostPace, type RecordBudget } from './host-pace.js';
import type { Tokens } from './tokens.js';

/** How often a request is sent that fails on its way, or by a fault of the host's. */
const ATTEMPTS = 6;
/** How often one is sent that the host refuses for the number of requests, as long as it says when to come again. */
const THROTTLED_ATTEMPTS = 20;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** A longer pause is another pass's. */
const LONGEST_PAUSE_MS = 3_600_000;
const ANSWERED_WITHIN_MS = 100_000;
/** A clock that differs less is right: the header has whole seconds, and the answer was on its way. */
const SKEW_MS = 300_000;

const RETRIED = new Set([408, 500, 502, 504, 509]);

export interface GraphClientOptions {
  /** Scheme and host. */
  url: string;
  tokens: Tokens;
  clock: Clock;
  log: SyncLog;
  /** From 0 to below 1; chance is what spreads those who wait. */
  random?: () => number;
  answeredWithinMs?: number;
}

interface GraphRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1.0`, or a whole link of Graph's. */
  path: string;
  body?: object;
  budget: RecordBudget | null;
  signal: AbortSignal;
}

/** What came of one attempt. */
type Attempt =
  | { answer: unknown }
  | { refusal: GraphRefusal }
  | { throttled: true; pauseMs: number | null; reason: string }
  /** `status` of an answer that is of no use; null where none came. */
  | { failed: true; status: number | null; reason: string };

/** JSON of Graph's, with all digits of its numbers, whatever it takes; one for all who ask one host. */
export class GraphClient {
  /** What has been sent, and what of it failed or was throttled. */
  readonly counts = { requests: 0, failed: 0, throttled: 0 };
  readonly pace: HostPace;
  private skewMs = 0;

  constructor(private readonly options: GraphClientOptions) {
    this.pace = new HostPace(options.clock);
  }

  /** The time as Graph has it, in milliseconds since 1970. */
  now(): number {
    return this.options.clock.now() + this.skewMs;
  }

  /**
   * The object at a path below `/v1.0`, or behind a link of Graph's. Rejects with `GraphRefusal` where Graph will not,
   * and with `GraphUnreachable` where no answer comes, or Graph throttles a record for too long. Rejects with
   * `GraphUnavailable` where the token does not count, or Graph throttles all else.
   */
  async get(path: string, signal: AbortSignal, budget: RecordBudget | null = null): Promise<JsonObject> {
    const answer = await this.send({ method: 'GET', path, budget, signal });
    if (isObject(answer)) return answer;
    throw new GraphRefusal(0, `${withoutQuery(path)}: the answer is no object`);
  }

  /** Sends what changes something; null for an answer without a body. */
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
        // Sending it again could do twice what is done once.
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
    let response: Response | null = null;
    let attempt: Attempt;
    try {
      response = await fetch(this.address(path), {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          'client-request-id': requestId,
          prefer: 'include-unknown-enum-members',
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body && JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.options.answeredWithinMs ?? ANSWERED_WITHIN_MS)]),
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
    // The token goes to the host of the settings and to no other, whatever a link says.
    return path.replace(/^https?:\/\/[^/?#]*/, this.options.url);
  }

  private learnTime(response: Response): void {
    const skewMs = Date.parse(response.headers.get('date') ?? '') - this.options.clock.now();
    if (!Number.isNaN(skewMs)) this.skewMs = Math.abs(skewMs) > SKEW_MS ? skewMs : 0;
  }

  private async judge({ method, path }: GraphRequest, response: Response): Promise<Attempt> {
    const { status } = response;
    // Read also where it is of no use, or the connection could not be used again. Half a body rejects.
    const text = await response.text();
    const retryAfter = response.headers.get('retry-after');
    const what = `${withoutQuery(path)}: status ${status}`;
    if (status === 429 || status === 503)
      return { throttled: true, pauseMs: pauseOf(retryAfter, this.now()), reason: `${what}, too many requests` };
    if (RETRIED.has(status)) return { failed: true, status, reason: what };
    if (response.ok && text === '' && method !== 'GET') return { answer: null };
    let json: unknown;
    try {
      json = parseJson(text);
    } catch {
      // The page of a proxy, or a body that was cut.
      return { failed: true, status, reason: `${what}, and no JSON` };
    }
    return response.ok ? { answer: json } : { refusal: new GraphRefusal(status, `${what}${toldBy(json)}`) };
  }

  private tell(attempt: Attempt, method: string, clientRequestId: string, response: Response | null): void {
    this.counts.failed += 1;
    const reason = 'refusal' in attempt ? attempt.refusal.message : 'reason' in attempt ? attempt.reason : '';
    const facts = { method, reason, requestId: response?.headers.get('request-id') ?? undefined, clientRequestId };
    this.options.log.warn(facts, 'request to Microsoft Graph failed');
  }
}

function failureOf({ status, reason }: Extract<Attempt, { failed: true }>): Error {
  return status === null ? new GraphUnreachable(reason) : new GraphRefusal(status, reason);
}

/** What a person needs to know which request it was; what was asked stands in the log of Graph. */
function withoutQuery(path: string): string {
  return path.replace(/^https?:\/\/[^/]*(\/v1\.0)?/, '').replace(/\?.*/, '');
}

/** Graph's error in a few words; neither quotes nor personal data stand in them. */
function toldBy(json: unknown): string {
  const error = isObject(json) && isObject(json.error) ? json.error : {};
  const said = [error.code, error.message].filter((text) => typeof text === 'string' && text !== '').join(': ');
  return said === '' ? '' : `, ${said.replace(/\s+/g, ' ').slice(0, 300)}`;
}

/**
 * Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now; null where it says nothing that can be read, or no time
 * to wait: to come back at once, again and again, would be no answer to that.
 */
function pauseOf(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null;
  const pauseMs = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return pauseMs > 0 ? pauseMs : null;
}
