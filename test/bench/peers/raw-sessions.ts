import { createServer } from 'node:http';
import Database from 'better-sqlite3';

/**
 * Calls with all that is below them, by hand: node:http, prepared statements, and sessions as one JSON column that is
 * parsed, and stringified with the answer.
 */
const [path = ''] = process.argv.slice(2);
const database = new Database(path, { readonly: true });
const COLUMNS = 'id, start, sessions';
const one = database.prepare<[string], Row>(`select ${COLUMNS} from calls where id = ?`);
const page = database.prepare<[string], Row>(
  `select ${COLUMNS} from calls where start < ? order by start desc, id desc limit 50`,
);

interface Row {
  id: string;
  start: string;
  sessions: string;
}

const show = ({ id, start, sessions }: Row): object => ({
  id,
  startDateTime: start,
  sessions: JSON.parse(sessions) as unknown,
});

function answer({ id, before = '' }: { id?: string; before?: string }): object {
  if (id === undefined) return { nodes: page.all(before).map(show) };
  const row = one.get(id);
  return { call: row ? show(row) : null };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString('utf8')) as object));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as { port: number };
  console.log(`ready http://127.0.0.1:${address.port}/`);
});
