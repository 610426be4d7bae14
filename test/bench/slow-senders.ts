// A point query beside a thousand who send slowly, and alone, in turns in one run: npm run bench:slow-senders.
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataset } from './dataset.js';
import { readOptions } from './options.js';
import { OPERATIONS } from './operations.js';
import { type Server, SERVERS, withServers } from './servers.js';
import { runOverSockets } from './socket-load.js';

const options = readOptions({ records: 20_000, slow: 1_000, rounds: 5, seconds: 6 });

const EVERY_MS = 1_000;

/** Says nothing, or a byte of headers or of a body each second; comes again when it is closed. Returns what ends it. */
function sendSlowly({ url, headers }: Server, which: number): () => void {
  const { hostname, port, pathname } = new URL(url);
  const fields = Object.entries({ host: hostname, 'content-type': 'application/json', ...headers[0] });
  const lines = [`POST ${pathname} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const begin = ['', `${lines.join('\r\n')}\r\nx: `, `${lines.join('\r\n')}\r\ncontent-length: 100000\r\n\r\n`][
    which % 3
  ];
  let isOver = false;
  const open = () => connect(Number(port), hostname, () => begin !== '' && socket.write(begin as string));
  let socket = open();
  const watch = () =>
    socket
      .on('error', () => undefined)
      .on('close', () => {
        if (isOver) return;
        socket = open();
        watch();
      })
      .resume();
  watch();
  const timer = setInterval(() => begin !== '' && socket.write('x'), EVERY_MS);
  return () => {
    isOver = true;
    clearInterval(timer);
    socket.destroy();
  };
}

const dataset = await makeDataset(join(tmpdir(), 'callrecords-bench-slow'), options.records);
const [operation] = OPERATIONS;
if (!operation) throw new Error('There is no operation.');

await withServers(async (servers) => {
  const server = await (SERVERS.callrecords as NonNullable<(typeof SERVERS)[string]>)(dataset, servers);
  servers.push(server);
  await runOverSockets(server, operation, dataset.samples, 2);
  for (let round = 1; round <= options.rounds; round++) {
    for (const slow of [0, options.slow]) {
      const ends = Array.from({ length: slow }, (_, which) => sendSlowly(server, which));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      const figure = await runOverSockets(server, operation, dataset.samples, options.seconds);
      ends.forEach((end) => end());
      const { requestsPerSecond, cpuMicroseconds, p99Milliseconds } = figure;
      console.log(
        `${round}: ${operation.name}, ${slow} slow senders beside: ${requestsPerSecond.toFixed(0)}/s, ${cpuMicroseconds.toFixed(0)} us of CPU each, p99 ${p99Milliseconds.toFixed(2)} ms`,
      );
    }
  }
});
