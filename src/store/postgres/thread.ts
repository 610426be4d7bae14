import { workerData } from 'node:worker_threads';
import { answerReads } from '../engine/answering-thread.js';
import { ConnectionPool } from './connection.js';

const pool = new ConnectionPool(workerData as string, 1, new Set());

answerReads({
  run: (read) => pool.rows(read),
  close: () => pool.end(),
});
