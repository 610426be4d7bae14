import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A record as Graph has it: its own members, and its parts. */
export interface FakeRecord {
  id: string;
  version: number;
  startDateTime: string;
  /** All that `GET /callRecords/{id}` answers but the parts. */
  members: Record<string, unknown>;
  participants: Record<string, unknown>[];
  sessions: (Record<string, unknown> & { segments: Record<string, unknown>[] })[];
}

/** A request as it came. */
export interface Seen {
  method: string;
  /** With its query, decoded. */
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What goes wrong with an answer; `reset`: the connection is reset, `cut`: after half of the body, `stuck`: half comes. */
export type Fault = { status: number; headers?: Record<string, string>; body?: string } | 'reset' | 'cut' | 'stuck';

interface Paged {
  items: unknown[];
  size: number;
  /** Up to the first option of paging. */
  url: URL;
}

/** Microsoft Graph's call records, and what issues its tokens, on loopback: as documented, and told what goes wrong. */
export class FakeGraph {
  url = '';
  readonly records = new Map<string, FakeRecord>();
  readonly seen: Seen[] = [];
  readonly sizes = { list: 60, participants: 130, sessions: 60, segments: 100 };
  readonly subscriptions = new Map<string, Record<string, string>>();
  roles = ['CallRecords.Read.All'];
  /** Whether it compresses answers where that is accepted. */
  zips = false;
  /** The tokens that count; all that were issued, unless a test says otherwise. */
  tokens = new Set<string>();
  /** Says what goes wrong with a request; null: nothing. */
  fault: (seen: Seen, index: number) => Fault | null = () => null;
  /** Runs before each answer about records. */
  before: (seen: Seen) => void = () => undefined;
  /** Its clock. */
  now: () => number = Date.now;
  private issued = 0;
  private server?: Server;

  async start(tls?: { key: string; cert: string }): Promise<this> {
    const listener: RequestListener = (request, response) => {
      void this.receive(request, response);
    };
    const server = tls ? createTlsServer(tls, listener) : createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.server = server;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  put(...records: FakeRecord[]): void {
    for (const record of records) this.records.set(record.id, record);
  }

  /** The settings with which a server fetches from here. */
  settings(more: Record<string, string> = {}): Record<string, string> {
    return {
      GRAPH_TENANT_ID: 'tenant',
      GRAPH_CLIENT_ID: 'client',
      GRAPH_CLIENT_SECRET: 'not-a-secret',
      GRAPH_URL: this.url,
      GRAPH_AUTHORITY: this.url,
      ...more,
    };
  }

  /** The requests whose URL matches. */
  asked(url: RegExp, method = 'GET'): string[] {
    return this.seen.filter((seen) => seen.method === method && url.test(seen.url)).map((seen) => seen.url);
  }

  /** Sends notifications of these records to every subscriber, as many in one request; the statuses of the answers. */
  async notify(ids: readonly string[], changes: object = {}): Promise<number[]> {
    return Promise.all(
      [...this.subscriptions.values()].map(async (subscription) => {
        const value = ids.map((id) => ({
          subscriptionId: subscription.id,
          clientState: subscription.clientState,
          changeType: 'updated',
          resource: `communications/callRecords/${id}`,
          resourceData: { '@odata.type': '#Microsoft.Graph.callrecord', id },
          ...changes,
        }));
        return postJson(subscription.notificationUrl as string, { value });
      }),
    );
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = '', headers } = request;
    const seen = { method, url: decodeURIComponent(request.url ?? ''), headers, body };
    this.seen.push(seen);
    const fault = this.fault(seen, this.seen.length - 1);
    if (fault === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (fault !== null && fault !== 'cut' && fault !== 'stuck') {
      response
        .writeHead(fault.status, { 'request-id': randomUUID(), ...fault.headers, ...this.date() })
        .end(fault.body ?? '');
      return;
    }
    const { status, json } = await this.answer(seen, new URL(request.url ?? '', this.url));
    const text = status === 204 ? '' : JSON.stringify(json);
    const isZipped = this.zips && text !== '' && /\bgzip\b/.test(String(headers['accept-encoding']));
    const sent = isZipped ? gzipSync(text) : Buffer.from(text);
    response.writeHead(status, {
      'content-type': 'application/json',
      'request-id': randomUUID(),
      ...this.date(),
      ...(isZipped && { 'content-encoding': 'gzip' }),
      ...(text !== '' && { 'content-length': sent.length }),
    });
    if (fault === null) response.end(sent);
    else response.write(sent.subarray(0, sent.length / 2), () => fault === 'cut' && request.socket.resetAndDestroy());
  }

  private date() {
    return { date: new Date(this.now()).toUTCString() };
  }

  private async answer(seen: Seen, url: URL): Promise<{ status: number; json?: unknown }> {
    if (url.pathname.endsWith('/oauth2/v2.0/token')) return { status: 200, json: this.issueToken() };
    if (!this.tokens.has(seen.headers.authorization?.replace('Bearer ', '') ?? ''))
      return refused(401, 'InvalidAuthenticationToken');
    if (url.pathname.startsWith('/v1.0/subscriptions')) return this.subscribe(seen, url.pathname.split('/')[3]);
    this.before(seen);
    const [id, part, position] = url.pathname.replace('/v1.0/communications/callRecords', '').split('/').slice(1);
    if (id === undefined) return { status: 200, json: this.list(url) };
    const record = this.records.get(id);
    if (!record) return refused(404, 'NotFound');
    if (part === 'sessions' && position !== undefined) return this.segments(record, Number(position), url);
    if (part === 'sessions') return this.sessions(record, url);
    if (part === 'participants_v2')
      return { status: 200, json: page({ items: record.participants, size: this.sizes.participants, url }) };
    return { status: 200, json: this.record(record, url) };
  }

  private issueToken(): object {
    const payload = Buffer.from(JSON.stringify({ roles: this.roles, jti: ++this.issued })).toString('base64url');
    const token = `e30.${payload}.signature`;
    this.tokens.add(token);
    return { token_type: 'Bearer', expires_in: 3599, access_token: token };
  }

  private list(url: URL): object {
    const [, from = '', until = '9'] =
      /^startDateTime ge (\S+) and startDateTime lt (\S+)$/.exec(url.searchParams.get('$filter') ?? '') ?? [];
    const items = [...this.records.values()]
      .filter(({ startDateTime }) => startDateTime >= from && startDateTime < until)
      .map(({ id, version, startDateTime }) => ({ id, version, startDateTime }));
    return page({ items, size: this.sizes.list, url });
  }

  private record(record: FakeRecord, url: URL): object {
    const { id, version } = record;
    if (url.searchParams.get('$select') !== null) return { id, version };
    const first = page({
      items: record.participants,
      size: this.sizes.participants,
      url: this.below(id, 'participants_v2'),
    });
    return {
      ...record.members,
      ...{ id, version, startDateTime: record.startDateTime },
      participants_v2: first.value,
      ...(first['@odata.nextLink'] !== undefined && { 'participants_v2@odata.nextLink': first['@odata.nextLink'] }),
    };
  }

  private sessions(record: FakeRecord, url: URL) {
    const json = page({ items: record.sessions, size: this.sizes.sessions, url });
    const value = (json.value as FakeRecord['sessions']).map(({ segments, ...session }) => {
      const position = record.sessions.findIndex((one) => one.segments === segments);
      const first = page({
        items: segments,
        size: this.sizes.segments,
        url: this.below(record.id, `sessions/${position}`),
      });
      const link = first['@odata.nextLink'];
      return { ...session, segments: first.value, ...(link !== undefined && { 'segments@odata.nextLink': link }) };
    });
    return { status: 200, json: { ...json, value } };
  }

  private segments(record: FakeRecord, position: number, url: URL) {
    const items = record.sessions[position]?.segments ?? [];
    return { status: 200, json: page({ items, size: this.sizes.segments, url }) };
  }

  private below(id: string, part: string): URL {
    return new URL(`/v1.0/communications/callRecords/${id}/${part}`, this.url);
  }

  private async subscribe({ method, body }: Seen, id: string | undefined): Promise<{ status: number; json?: unknown }> {
    const asked = (body === '' ? {} : JSON.parse(body)) as Record<string, string>;
    if (method === 'POST') {
      for (const address of [asked.notificationUrl, asked.lifecycleNotificationUrl]) {
        const sent = `Validation: <${randomUUID()}>`;
        const answer = await fetch(`${address}?validationToken=${encodeURIComponent(sent)}`, {
          method: 'POST',
          headers: { 'content-type': 'text/plain; charset=utf-8' },
        });
        if (answer.status !== 200 || !/^text\/plain/.test(answer.headers.get('content-type') ?? ''))
          return refused(400, 'ValidationError');
        if ((await answer.text()) !== sent) return refused(400, 'ValidationError');
      }
      const made = { ...asked, id: randomUUID() };
      this.subscriptions.set(made.id, made);
      return { status: 201, json: made };
    }
    const known = this.subscriptions.get(id ?? '');
    if (!known) return refused(404, 'ResourceNotFound');
    if (method === 'DELETE') {
      this.subscriptions.delete(known.id as string);
      return { status: 204 };
    }
    Object.assign(known, asked);
    return { status: 200, json: known };
  }
}

/** Sends JSON as Graph does; its status. */
export async function postJson(url: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}

function refused(status: number, code: string) {
  return { status, json: { error: { code, message: `${code}.` } } };
}

/** A page of a collection, and the link to the next one: the whole address with a token that means nothing to others. */
function page({ items, size, url }: Paged): Record<string, unknown> {
  const start = Number(url.searchParams.get('$skiptoken')?.slice(1) ?? 0);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', `t${start + size}`);
  return {
    value: items.slice(start, start + size),
    ...(start + size < items.length && { '@odata.nextLink': next.href }),
  };
}
