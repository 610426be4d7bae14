import type { Worker } from 'node:cluster';
import { type BirpcReturn, createBirpc } from 'birpc';
import type { Counted, Neighbours } from '../server/neighbours.js';

/** What a worker has to say once it listens. */
export interface Ready {
  url: string;
  token: string | null;
  /** Where the data is. */
  location: string;
}

/** What workers call in the process that started them. */
export interface PrimaryCalls extends Omit<Neighbours, 'offerMetrics'> {
  /** It listens. */
  ready(ready: Ready): void;
  /** Why it cannot serve. */
  failed(message: string): void;
}

/** What that process calls in a worker. */
export interface WorkerCalls {
  metrics(): Promise<Counted>;
}

/** Nobody waits longer for another process of this machine. */
const ANSWER_WITHIN_MS = 30_000;

/** In a worker: the process that started it. */
export function callPrimary(calls: WorkerCalls): BirpcReturn<PrimaryCalls, WorkerCalls> {
  return createBirpc<PrimaryCalls, WorkerCalls>(calls, {
    timeout: ANSWER_WITHIN_MS,
    post: (message: object) => send(process as Sender, message),
    on: (listener) => void process.on('message', listener),
  });
}

/** In the process that started it: a worker. Calls that it can no longer answer fail at once. */
export function callWorker(worker: Worker, calls: PrimaryCalls): BirpcReturn<WorkerCalls, PrimaryCalls> {
  const connection = createBirpc<WorkerCalls, PrimaryCalls>(calls, {
    timeout: ANSWER_WITHIN_MS,
    post: (message: object) => send(worker, message),
    on: (listener) => void worker.on('message', listener),
  });
  worker.once('exit', () => connection.$close());
  return connection;
}

/** What a worker is to its server: one of several. */
export function neighboursOf(primary: BirpcReturn<PrimaryCalls, WorkerCalls>, calls: WorkerCalls): Neighbours {
  return {
    addSpending: (spent) => primary.addSpending(spent),
    readMetrics: () => primary.readMetrics(),
    offerMetrics: (read) => {
      calls.metrics = read;
    },
  };
}

interface Sender {
  send(message: object, whenSent: (error: Error | null) => void): boolean;
}

/** Rejects if the other process is gone, unless it is an answer, which then nobody waits for. */
function send(to: Sender, message: object): Promise<void> {
  const isAnswer = 't' in message && message.t === 's';
  return new Promise((resolve, reject) => {
    to.send(message, (error) => (error && !isAnswer ? reject(error) : resolve()));
  });
}
