import { workerData } from 'node:worker_threads';
import { answerReads } from '../engine/answering-thread.js';
import { openThreadReader } from './connection.js';

answerReads(openThreadReader(workerData as string));
