import { createServer } from 'node:http';
import {
  type LeanRow,
  openPeerFile,
  type PeerRecord,
  type PeerRow,
  recordInserter,
  recordReader,
  toPeerRecord,
} from './peer-file.js';

/**
 * The limit: node:http, prepared statements and JSON, without GraphQL, tokens, limits or logs.
 * - `parsed`: JSON columns are parsed and the answer stringified; a transaction for each create.
 * - `passed`: the stored text goes through as it is; creates that come together share a commit.
 */
const [path = '', mode = 'parsed'] = process.argv.slice(2);
const database = openPeerFile(path);
const read = recordReader(database);
const insert = recordInserter(database, { json: true, normalised: false });

interface Request {
  one?: string;
  page?: { first: number; after?: [string, string]; count?: boolean };
  ofUser?: { user: string; first: number };
  entities?: string[];
  /** Without the participants. */
  lean?: string;
  leanEntities?: string[];
  create?: Parameters<typeof toPeerRecord>[0];
}

function scalars(row: LeanRow) {
  return {
    id: row.id,
    version: row.version,
    type: row.type,
    modalities: JSON.parse(row.modalities) as string[],
    startDateTime: row.start,
    endDateTime: row.end,
    durationSeconds: row.duration,
    joinWebUrl: row.join_web_url,
    participantCount: row.participant_count,
  };
}

const leanly = (row: LeanRow): object => ({
  ...scalars(row),
  organizer: JSON.parse(row.organizer ?? 'null') as unknown,
});
const parsed = (row: PeerRow): object => ({
  ...leanly(row),
  participants: JSON.parse(row.participants) as unknown,
});
/** Written by hand around the text that is stored. */
const passedLeanly = (row: LeanRow): string =>
  `{"id":"${row.id}","version":${row.version},"type":"${row.type}","modalities":${row.modalities},` +
  `"startDateTime":"${row.start}","endDateTime":"${row.end}","durationSeconds":${row.duration},` +
  `"joinWebUrl":${row.join_web_url === null ? 'null' : JSON.stringify(row.join_web_url)},"participantCount":${row.participant_count},` +
  `"organizer":${row.organizer ?? 'null'}}`;
const passed = (row: PeerRow): string => `${passedLeanly(row).slice(0, -1)},"participants":${row.participants}}`;

function list(rows: PeerRow[], limit: number, totalCount?: number): string {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const page = {
    ...(totalCount !== undefined && { totalCount }),
    hasNextPage: rows.length > limit,
    endCursor: last ? Buffer.from(`${last.start}|${last.id}`).toString('base64url') : null,
  };
  if (mode === 'parsed') return JSON.stringify({ ...page, nodes: shown.map(parsed) });
  return `${JSON.stringify(page).slice(0, -1)},"nodes":[${shown.map(passed).join(',')}]}`;
}

const write = <Row>(row: Row | undefined, parse: (row: Row) => object, pass: (row: Row) => string): string =>
  row === undefined ? 'null' : mode === 'parsed' ? JSON.stringify(parse(row)) : pass(row);

const createOne = database.transaction(insert);
const createAll = database.transaction((records: PeerRecord[]) => records.forEach(insert));
let waiting: { record: PeerRecord; answer: () => void }[] = [];

function create(record: PeerRecord): Promise<void> {
  if (mode === 'parsed') return Promise.resolve(createOne.immediate(record));
  return new Promise((answer) => {
    waiting.push({ record, answer });
    if (waiting.length === 1) setImmediate(commit);
  });
}

function commit(): void {
  const batch = waiting;
  waiting = [];
  createAll.immediate(batch.map(({ record }) => record));
  batch.forEach(({ answer }) => answer());
}

async function answer(request: Request): Promise<string> {
  if (request.one !== undefined) return write(read.one(request.one), parsed, passed);
  if (request.lean !== undefined) return write(read.lean(request.lean), leanly, passedLeanly);
  if (request.page) {
    const { first, after, count } = request.page;
    return list(read.page(first + 1, after), first, count ? read.count() : undefined);
  }
  if (request.ofUser) return list(read.ofUser(request.ofUser.user, request.ofUser.first + 1), request.ofUser.first);
  if (request.entities) return inOrder(request.entities, read.many(request.entities), parsed, passed);
  if (request.leanEntities)
    return inOrder(request.leanEntities, read.manyLean(request.leanEntities), leanly, passedLeanly);
  const record = toPeerRecord(request.create as Parameters<typeof toPeerRecord>[0]);
  await create(record);
  return JSON.stringify({ id: record.id, version: record.version, lastModifiedDateTime: record.lastModifiedDateTime });
}

function inOrder<Row extends LeanRow>(
  ids: string[],
  found: Row[],
  ...[parse, pass]: [parse: (row: Row) => object, pass: (row: Row) => string]
): string {
  const byId = new Map(found.map((row) => [row.id, row]));
  return `[${ids.map((id) => write(byId.get(id), parse, pass)).join(',')}]`;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Request;
    void answer(body).then((text) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as { port: number };
  console.log(`ready http://127.0.0.1:${address.port}/`);
});
