import { cp, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import pg from 'pg';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { toGraphPayload } from '../../src/domain/written-payload.js';
import { parseJson, stringifyJson } from '../../src/platform/json.js';
import type { Store } from '../../src/store/store.js';
import { ownDatabases } from '../support/own-databases.js';
import { type CalledPerson, calls, personOf } from './contract/called-people.js';
import { documentOf, eraseFrom, guid, inputOf, listQuery, stored } from '../support/opened-store.js';

const { inFile, onServer } = ownDatabases();

async function pruneAll(store: Store): Promise<{ deleted: number; stripped: number }> {
  const sum = { deleted: 0, stripped: 0 };
  for await (const { deleted, stripped } of store.forgetting.prune()) {
    sum.deleted += deleted;
    sum.stripped += stripped;
  }
  return sum;
}

async function finish(store: Store): Promise<void> {
  expect(await store.forgetting.isUnfinished()).toBe(true);
  for await (const _some of store.forgetting.finish());
  expect(await store.forgetting.isUnfinished()).toBe(false);
}

const payloads = async (store: Store) =>
  (await stored(store)).map((document) => JSON.parse(stringifyJson(toGraphPayload(document))) as unknown);

/** Every text, number and so on of a JSON value, by the path that leads to it. */
function leavesOf(value: unknown, path = '', leaves = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) leavesOf(member, `${path}/${name}`, leaves);
  else leaves.set(path, value);
  return leaves;
}

const isOf = ({ values }: CalledPerson, leaf: unknown) =>
  typeof leaf === 'string' && values.some((value) => leaf.toLowerCase().includes(value));

/** What differs between two exports beside what is the person's; and the ids that replace theirs. */
function compare(
  before: unknown,
  after: unknown,
  person: CalledPerson,
): { others: string[]; replacements: Set<string> } {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const others: string[] = [];
  const replacements = new Set<string>();
  for (const [path, leaf] of old) {
    const left = now.get(path);
    if (!isOf(person, leaf)) {
      // The unit of an entity goes with who it is.
      if (left !== leaf && !path.includes('administrativeUnitInfos'))
        others.push(`${path}: ${String(leaf)} -> ${String(left)}`);
    } else if (typeof left === 'string' && path.endsWith('/id')) replacements.add(left);
  }
  for (const path of now.keys()) if (!old.has(path)) others.push(`${path} is new`);
  return { others, replacements };
}

const STATISTICS = { filter: null, visibleTo: null };

/** What statistics tell, without who it is. */
async function figures(store: Store): Promise<unknown> {
  const top = await store.statistics.top(STATISTICS, { role: 'participants', limit: 50 });
  return {
    records: await store.count(STATISTICS),
    participants: await store.statistics.participants(STATISTICS),
    top: top.map(({ count }) => count).sort(),
  };
}

describe.each([
  ['SQLite', inFile],
  ['PostgreSQL', onServer],
])('A store in %s', (_name, make) => {
  it('holds nothing of a person who was erased, and everything else as it was', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ people, records }) => {
        const target = await make();
        const store = await target.open();
        try {
          const documents = () => records.map((record) => readGraphRecord(parseJson(JSON.stringify(record))));
          await store.import(documents());
          const [person, other] = people as [CalledPerson, CalledPerson];
          const [before, count] = [await payloads(store), await figures(store)];
          const foreseen = await store.forgetting.count(person.id);
          expect(await eraseFrom(store, person.id)).toBe(foreseen);

          const after = await payloads(store);
          const { others, replacements } = compare(before, after, person);
          expect(others).toEqual([]);
          expect(replacements.size).toBeLessThan(2);
          if (!JSON.stringify(records).includes('+4989')) expect(await figures(store)).toEqual(count);
          const left = await target.content();
          for (const value of person.values) expect([value, left.includes(value)]).toEqual([value, false]);

          // Once more, as it was in the source and in backups of it: nothing changes.
          expect(new Set(await store.import(documents()))).toEqual(new Set(['unchanged']));
          expect(await payloads(store)).toEqual(after);
          expect(await store.forgetting.count(person.id)).toBe(0);

          // Of two who were erased, nothing tells which is which.
          await eraseFrom(store, other.id);
          const second = compare(after, await payloads(store), other);
          expect(second.others).toEqual([]);
          const both = [...replacements, ...second.replacements];
          expect(new Set(both).size).toBe(both.length);
        } finally {
          await store.close();
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  it.each([
    ['', { caller: 'a', idempotencyKey: 'k' }],
    [' also where its key holds the id', { caller: 'a', idempotencyKey: 'of 821809F5-0000-0000-0000-3b5136c0e777' }],
    [' also where it is theirs', { caller: 'issuer|821809f5-0000-0000-0000-3b5136c0e777', idempotencyKey: 'k' }],
  ])(
    'does not let an erased person come in by a create, of which a repetition is still one%s',
    async (_also, options) => {
      const target = await make();
      const store = await target.open();
      const first = await store.create(inputOf(), options);
      const id = '821809F5-0000-0000-0000-3b5136c0e777';
      expect(await eraseFrom(store, id)).toBe(1);
      expect((await store.create(inputOf(), options)).id).toBe(first.id);
      await store.create(inputOf(), { ...options, idempotencyKey: null });
      expect(await store.count(listQuery({ filter: { organizer: { id: [id] } } }))).toBe(0);
      expect(await store.listPeople({ search: 'abbie', limit: 10, visibleTo: null, counted: true })).toEqual([]);
      const [one, two] = (await stored(store)).map(({ organizer }) => organizer);
      expect(one).toEqual(two);
      await store.close();
    },
  );

  it('takes out of changes who was erased, and tells that their records have changed', async () => {
    const target = await make();
    const store = await target.open();
    const person = personOf('user', 1);
    const organizer = { user: { id: person.id, ...person.own } };
    await store.import([documentOf(1, { organizer }), documentOf(2, { organizer })]);
    await store.import([documentOf(1, { version: 2n })]);
    await store.delete(guid(2));
    await store.import([documentOf(3, { organizer })]);
    const before = await store.lastChange();
    await eraseFrom(store, person.id);
    expect((await store.changes(before, 10)).map(({ recordId, kind }) => [recordId, kind])).toEqual([
      [guid(3), 'updated'],
    ]);
    expect(stringifyJson(await store.changes(null, 10))).not.toContain(person.id.toLowerCase());
    expect((await store.changes(null, 10)).filter(({ peopleRemoved }) => peopleRemoved.length > 0)).toHaveLength(2);
    await store.close();
  });

  it('forgets on a thread of its own where that is asked for: a part, where it is stopped, and the rest another time', async () => {
    const target = await make();
    const store = await target.open({ forgetsBeside: true });
    const person = personOf('user', 4);
    const organizer = { user: { id: person.id, ...person.own } };
    await store.import(Array.from({ length: 120 }, (_, index) => documentOf(index, { organizer })));
    for await (const some of store.forgetting.erase(person.id)) {
      expect(some).toBeGreaterThan(0);
      break;
    }
    const left = await store.forgetting.count(person.id);
    expect([left > 0, left < 120]).toEqual([true, true]);
    expect(await eraseFrom(store, person.id)).toBe(left);
    expect(await store.forgetting.count(person.id)).toBe(0);
    expect(await target.content()).not.toContain(person.id.toLowerCase());
    const steps = store.forgetting.erase(guid(7));
    await steps.next();
    await store.close();
    await expect(steps.next()).rejects.toThrow('The store was closed.');
  });

  it('deletes what is past, tells who follows changes, and does not take it in again', async () => {
    const target = await make();
    const first = await target.open();
    await first.import([documentOf(1), documentOf(2, { endDateTime: '2999-01-01T00:00:00' })]);
    await first.close();
    const store = await target.open({ retentionDays: 100 });
    const before = await store.lastChange();
    expect(await pruneAll(store)).toEqual({ deleted: 1, stripped: 0 });
    expect((await stored(store)).map(({ id }) => id)).toEqual([guid(2)]);
    expect((await store.changes(before, 10)).map(({ recordId, kind }) => [recordId, kind])).toEqual([
      [guid(1), 'deleted'],
    ]);
    expect(await store.import([documentOf(1), documentOf(3, { endDateTime: '2999-01-01T00:00:00' })])).toEqual([
      'unchanged',
      'created',
    ]);
    expect(await store.statistics.participants(STATISTICS)).toBe(0);
    expect(await store.verifySums(10)).toEqual([]);
    await store.close();
  });

  it('takes personal details from what is older, and takes none in for it', async () => {
    const target = await make();
    const open = () => target.open({ personalDetailDays: 100 });
    const person = personOf('user', 7);
    const session = {
      ...{ id: guid(9), startDateTime: '2026-02-25T18:52:21Z', endDateTime: '2026-02-25T18:52:46Z' },
      caller: { associatedIdentity: { id: person.id, displayName: 'Ada' }, ...person.endpoint },
      segments: [{ media: [{ callerDevice: person.device, callerNetwork: person.network }] }],
    };
    const old = { sessions: [session], sessionsFetched: 2 };
    const young = documentOf(2, { ...old, endDateTime: '2999-01-01T00:00:00' });
    const first = await target.open();
    await first.import([documentOf(1, old), young]);
    await first.close();
    const store = await open();
    expect(await pruneAll(store)).toEqual({ deleted: 0, stripped: 1 });
    expect(await pruneAll(store)).toEqual({ deleted: 0, stripped: 0 });
    const [stripped, whole] = await stored(store);
    expect(stripped?.sessions).toEqual([
      {
        ...session,
        caller: {
          ...session.caller,
          name: null,
          userAgent: { '@odata.type': '#microsoft.graph.callRecords.clientUserAgent', headerValue: null },
          feedback: { rating: 'bad', text: null },
        },
        segments: [
          {
            media: [
              {
                callerDevice: { captureDeviceName: null, micGlitchRate: 1.5 },
                callerNetwork: {
                  ...{ ipAddress: null, macAddress: null, wifiChannel: 6, subnet: null },
                  traceRouteHops: [{ hopCount: 1, ipAddress: null }],
                },
              },
            ],
          },
        ],
      },
    ]);
    expect(whole?.sessions).toEqual([session]);
    expect(await store.import([documentOf(1, old)])).toEqual(['unchanged']);
    await store.close();
    // Where the setting is missing, too: what was forgotten stays so.
    const without = await target.open();
    expect(await without.importParts([{ id: guid(1), part: 'sessions', sessions: [session] }])).toEqual(['unchanged']);
    await without.close();
  });

  it('copies who was erased to another store, and keeps them out of a copy of an older one', async () => {
    const [from, to, later] = [await make(), await make(), await make()];
    const person = personOf('user', 3);
    const document = () => documentOf(1, { organizer: { user: { id: person.id, ...person.own } } });
    const copyAll = async (source: Store, target: Store) => {
      for await (const _step of source.copyTo(target));
    };
    const source = await from.open();
    await source.import([document()]);
    await eraseFrom(source, person.id);
    const target = await to.open();
    await copyAll(source, target);
    expect((await target.content()).hash).toBe((await source.content()).hash);
    await target.delete(guid(1));
    expect(await target.import([document()])).toEqual(['created']);
    expect(await target.forgetting.count(person.id)).toBe(0);
    const [old, fresh] = [await later.open(), await (await make()).open({ erasureKey: 'k'.repeat(32) })];
    await old.import([document()]);
    await eraseFrom(fresh, person.id);
    await copyAll(old, fresh);
    expect(await fresh.forgetting.count(person.id)).toBe(0);
    expect((await old.content(new Set(), fresh)).hash).toBe((await fresh.content()).hash);
    for (const store of [source, target, old, fresh]) await store.close();
  });
});

describe('An erasure', () => {
  it('of PostgreSQL waits for an import that began before it, which brings in the person', async () => {
    const { url, open } = await onServer();
    const [one, other, person] = [await open(), await open(), personOf('user', 11)];
    const blocker = new pg.Client(url);
    await blocker.connect();
    const query = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    const waiting = async (count: number) => {
      while (((await blocker.query<{ count: number }>(query)).rows[0]?.count ?? 0) < count) await setImmediate();
    };
    try {
      // What an import writes last.
      await blocker.query('begin; lock table unnumbered_changes in exclusive mode');
      const importing = one.import([documentOf(1, { organizer: { user: { id: person.id } } })]);
      await waiting(1);
      const erasing = eraseFrom(other, person.id);
      await waiting(2);
      await blocker.query('commit');
      expect([await importing, await erasing]).toEqual([['created'], 1]);
      expect(await other.forgetting.count(person.id)).toBe(0);
    } finally {
      await blocker.end();
      await one.close();
      await other.close();
    }
  });
});

describe('A process that erases', () => {
  it('keeps its right to do so, however long one step lasts', async () => {
    const { url, open } = await onServer();
    const store = await open();
    const blocker = new pg.Client(url);
    await blocker.connect();
    const lease = `select held_until::float8 as until from leases where name = 'erasure'`;
    const heldUntil = async () => (await blocker.query<{ until: number }>(lease)).rows[0]?.until ?? 0;
    try {
      await store.import([documentOf(1, { organizer: { user: { id: personOf('user', 12).id } } })]);
      await blocker.query('begin; lock table call_records in exclusive mode');
      const erasing = eraseFrom(store, personOf('user', 12).id);
      let first = 0;
      while (first === 0) first = await heldUntil();
      while ((await heldUntil()) <= first) await setImmediate();
      await blocker.query('commit');
      expect(await erasing).toBe(1);
    } finally {
      await blocker.end();
      await store.close();
    }
  });
});

describe('A process that has forgotten', () => {
  it('waits for another one that writes, before it removes the traces of what was deleted', async () => {
    const { url, open } = await inFile();
    const store = await open();
    const other = new Database(url.slice('file:'.length));
    await store.import([documentOf(1, { organizer: { user: { id: 'a' } } })]);
    let isForgotten = false;
    const stop = store.onStatement(({ sql }) => {
      isForgotten ||= sql.includes('delete from call_record_tallies');
      if (!isForgotten || sql !== 'commit') return;
      other.exec('begin immediate');
      setTimeout(() => other.exec('rollback'), 50);
      stop();
    });
    expect(await eraseFrom(store, 'a')).toBe(1);
    await store.close();
    other.close();
  });
});

describe('A database that is restored from a backup', () => {
  it('of SQLite holds whom it had before they were erased until its next start, which takes them out again', async () => {
    const [{ url, open, content }, person] = [await inFile(), personOf('user', 5)];
    const name = url.slice('file:'.length);
    const before = await open();
    await before.import([documentOf(1, { organizer: { user: { id: person.id, ...person.own } } })]);
    await before.close();
    await cp(name, `${name}-backup`);
    const erased = await open();
    await eraseFrom(erased, person.id);
    await erased.close();
    await cp(`${name}-backup`, name);
    await rm(`${name}-backup`);
    const restored = await open();
    await finish(restored);
    await restored.close();
    const left = await content();
    for (const value of person.values) expect([value, left.includes(value)]).toEqual([value, false]);
  });

  it('of PostgreSQL does so too, also where an id stands outside of identities alone', async () => {
    const [people, named] = [[personOf('user', 5), personOf('guest', 6)] as const, personOf('user', 8)];
    const [earlier, later] = [await onServer(), await onServer()];
    const { erasureFile } = later;
    for (const { open } of [earlier, later]) {
      const store = await open({ erasureFile: `${erasureFile}-none` });
      const participants = people.map(({ kind, id, own }) => ({ [kind]: { id, ...own } }));
      await store.import([
        documentOf(1, { participants }),
        documentOf(2, { extension: { properties: { notes: [`of ${named.id}`] } } }),
      ]);
      await store.close();
    }
    const erased = await later.open();
    for (const { id } of [...people, named]) await eraseFrom(erased, id);
    await erased.close();
    const restored = await earlier.open({ erasureFile });
    await finish(restored);
    const left = stringifyJson(await payloads(restored)).toLowerCase();
    for (const value of [...people, named].flatMap(({ values }) => values))
      expect([value, left.includes(value)]).toEqual([value, false]);
    await restored.close();
  });

  it('is not opened with another key than that of the hashes by which people are kept out', async () => {
    const { open } = await inFile();
    const store = await open({ erasureKey: 'a'.repeat(32) });
    await eraseFrom(store, 'somebody');
    await store.close();
    await expect(open({ erasureKey: 'b'.repeat(32) })).rejects.toThrow(
      /^People were erased from .* with another key than .* set ERASURE_KEY\.$/,
    );
  });
});
