import type { Worker } from 'node:cluster';
import { type BirpcReturn, createBirpc } from 'birpc';
import type { Counted, Neighbours } from '../server/neighbours.js';

/** What a worker reports once it listens. */
export interface Ready {
  url: string;
  token: string | null;
  /** The place of the data. */
  location: string;
}

/** What workers can call in the primary process, which started them. */
export interface PrimaryCalls extends Omit<Neighbours, 'offerMetrics'> {
  /** The worker listens. */
  ready(ready: Ready): void;
  /** The worker cannot serve, for this reason. */
  failed(message: string): void;
}

/** What the primary process can call in a worker. */
export interface WorkerCalls {
  metrics(): Promise<Counted>;
}

/** A call to another process of this machine waits no longer. */
const ANSWER_WITHIN_MS = 30_000;

/** In a worker: calls to the primary process. */
export function callPrimary(calls: WorkerCalls): BirpcReturn<PrimaryCalls, WorkerCalls> {
  return createBirpc<PrimaryCalls, WorkerCalls>(calls, {
    timeout: ANSWER_WITHIN_MS,
    post: (message: object) => send(process as Sender, message),
    on: (listener) => void process.on('message', listener),
  });
}

/** In the primary process: calls to a worker. Calls that it can no longer respond to fail at once. */
export function callWorker(worker: Worker, calls: PrimaryCalls): BirpcReturn<WorkerCalls, PrimaryCalls> {
  const connection = createBirpc<WorkerCalls, PrimaryCalls>(calls, {
    timeout: ANSWER_WITHIN_MS,
    post: (message: object) => send(worker, message),
    on: (listener) => void worker.on('message', listener),
  });
  worker.once('exit', () => connection.$close());
  return connection;
}

/** A worker's view of the other processes, for its server. */
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

/** Rejects if the other process is gone. A reply is dropped then, as nobody waits for it. */
function send(to: Sender, message: object): Promise<void> {
  const isAnswer = 't' in message && message.t === 's';
  return new Promise((resolve, reject) => {
    to.send(message, (error) => (error && !isAnswer ? reject(error) : resolve()));
  });
}
