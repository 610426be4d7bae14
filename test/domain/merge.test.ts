import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { CallRecordDocument } from '../../src/domain/document.js';
import { graphItems, readGraphRecord } from '../../src/domain/graph-payload.js';
import { toGraphPayload } from '../../src/domain/written-payload.js';
import { parseJson, stringifyJson } from '../../src/platform/json.js';
import { merge, mergePart } from '../../src/domain/merge.js';

const ID = '3d2f4a10-0000-4000-8000-000000000001';
const TIMES = { startDateTime: '2026-01-01T10:00:00Z', endDateTime: '2026-01-01T11:00:00Z' };
const CONTEXT = `https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('${ID}')/`;

type Json = { [name: string]: unknown };

/** A copy of the record as Graph sends it: whole, but for the members that a test leaves out or changes. */
const copy = (changes: Json = {}): Json => ({
  id: ID,
  version: 1,
  type: 'groupCall',
  modalities: ['audio'],
  lastModifiedDateTime: '2026-01-01T12:00:00Z',
  joinWebUrl: null,
  organizer_v2: null,
  ...TIMES,
  ...changes,
});
const page = (part: string, value: Json[]): Json => ({ '@odata.context': `${CONTEXT}${part}`, value });
const user = (id: string | null, more: Json = {}): Json => ({ user: { id, ...more } });
const entity = (identity: Json, more: Json = {}): Json => ({
  id: (identity.user as Json | undefined)?.id ?? null,
  identity,
  ...more,
});
const cut = (list: string): Json => ({ [`${list}@odata.nextLink`]: 'https://graph.microsoft.com/next' });

/** What is stored after copies and pages have come in this order. */
function arrived(...values: Json[]): CallRecordDocument {
  let stored: CallRecordDocument | undefined;
  for (const value of values) {
    const found = graphItems(value);
    if ('part' in found) {
      stored = mergePart(stored as CallRecordDocument, found.part) ?? stored;
      continue;
    }
    const incoming = readGraphRecord(found.items[0]);
    stored = stored ? (merge(stored, incoming) ?? stored) : incoming;
  }
  return stored as CallRecordDocument;
}

const exported = (document: CallRecordDocument): string => stringifyJson(toGraphPayload(document));
const reimported = (document: CallRecordDocument): CallRecordDocument => readGraphRecord(parseJson(exported(document)));
const people = ({ participants }: CallRecordDocument) => participants.map((set) => (set.user as Json).id);

function fixture(name: string): Json {
  return parseJson(readFileSync(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8')) as Json;
}

function without(json: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)));
}

function permutations<Item>(items: Item[]): Item[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

const sorted = (value: unknown): unknown =>
  typeof value !== 'object' || value === null
    ? value
    : Array.isArray(value)
      ? value.map(sorted)
      : Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => [name, sorted(member)]),
        );

describe('Copies of one version', () => {
  test('Numbers of unknown properties keep their digits when a later copy completes the record', () => {
    const json = '{"score":1.50,"nested":{"w":2.50}}';
    const numbers = parseJson(json) as Json;
    const result = arrived(copy(without(numbers)), copy({ ...numbers, joinWebUrl: 'https://x.example/1' }));
    expect(exported(result)).toContain('"score":1.50,"nested":{"w":2.50}');
  });

  test('A property may have the name of something that every JavaScript object has', () => {
    const named = parseJson('{"constructor":{"a":1},"toString":"text"}') as Json;
    expect(arrived(copy({ a: 1 }), copy(named)).extension?.properties).toEqual({ a: 1, ...named });
  });

  test('Members that the first copy lacked are completed by the next one, and by no third', () => {
    const bare = without(copy(), 'type', 'modalities', 'lastModifiedDateTime', 'joinWebUrl', 'organizer_v2');
    const whole = copy({ joinWebUrl: 'https://x.example/1', organizer_v2: entity(user('o'), { unit: 1 }) });
    expect(arrived(bare, whole)).toEqual(readGraphRecord(whole));
    expect(arrived(bare, whole, copy({ type: 'peerToPeer', modalities: [] }))).toEqual(readGraphRecord(whole));
  });

  test('Sessions of one id complete each other at every depth', () => {
    const short = copy({ sessions: [{ id: 's1', failureInfo: null }] });
    const long = copy({ sessions: [{ id: 's1', failureInfo: { reason: 'x' }, segments: [{ id: 'g' }] }] });
    expect(arrived(short, long).sessions).toEqual(long.sessions);
    expect(arrived(long, short).sessions).toEqual(long.sessions);
  });

  test('Entities win over the legacy list, which completes them and adds whom they miss, whichever comes first', () => {
    const legacy = copy({ participants: [user('a', { displayName: 'old', phoneBook: 1 }), user('c')] });
    const entities = copy({
      participants_v2: [
        entity(user('a', { displayName: 'new' }), { administrativeUnitInfos: [{ id: 'u' }] }),
        entity(user('b')),
      ],
    });
    const both = [arrived(legacy, entities), arrived(entities, legacy), arrived({ ...legacy, ...entities })];
    for (const result of both) {
      expect(people(result)).toEqual(['a', 'b', 'c']);
      expect(result.participants[0]).toEqual(user('a', { displayName: 'new', phoneBook: 1 }));
      expect(result.extension?.participants?.[0]).toEqual({ administrativeUnitInfos: [{ id: 'u' }] });
      expect(reimported(result)).toEqual(result);
    }
  });

  test('The whole list gives the order, though a part of it came first', () => {
    const part = copy({ participants_v2: [entity(user('b'))], ...cut('participants_v2') });
    const whole = copy({ participants_v2: [entity(user('a')), entity(user('b'))] });
    expect(arrived(part, whole)).toEqual(readGraphRecord(whole));
    expect(arrived(whole, part)).toEqual(readGraphRecord(whole));
  });

  test.each(['01-peer-to-peer-audio', '03-group-call-large', '10-full-depth'])(
    'The partial copies of fixture %s make the same record in whatever order they come',
    (name) => {
      const whole = fixture(name);
      const copies = [
        whole,
        without(whole, 'participants_v2', 'participants_v2@odata.nextLink'),
        without(whole, 'participants', 'sessions'),
        without(whole, 'participants_v2', 'participants', 'organizer', 'sessions'),
      ];
      const results = permutations(copies).map((order) =>
        JSON.stringify(sorted(toGraphPayload(arrived(...order))), plain),
      );
      expect(new Set(results).size).toBe(1);
    },
  );

  test('People whose ids are the same are completed one for one, in the order of their places', () => {
    const masked = (more: Json): Json => ({ identity: { phone: { id: '+1425555****', ...more } } });
    const names = ['Ann', 'Ben', 'Cai'];
    const plain = copy({ participants_v2: names.map(() => masked({})) });
    const named = copy({ participants_v2: names.map((displayName) => masked({ displayName })) });
    const { participants } = arrived(plain, named);
    expect(participants.map(({ phone }) => (phone as Json).displayName)).toEqual(names);
  });

  test('An organizer entity without an identity leaves the legacy organizer in place', () => {
    const json = copy({ organizer: user('leg'), organizer_v2: { id: 'leg', identity: null, units: 1 } });
    const document = readGraphRecord(json);
    expect(document.organizer).toEqual(user('leg'));
    expect(document.extension?.organizer).toEqual({ units: 1 });
  });

  test('A participant entity without an identity takes that of the legacy participant of its id', () => {
    const json = copy({ participants: [user('a'), user('b')], participants_v2: [{ id: 'b', identity: null }] });
    expect(people(readGraphRecord(json))).toEqual(['b', 'a']);
  });
});

describe('People with one masked number', () => {
  const masked = { phone: { id: '+1425555****' } };
  const whole = copy({ participants: [masked, masked], participants_v2: [entity(masked)] });

  test('Of two in the legacy list and one among the entities, both stay in an export and when the copy comes again', () => {
    const stored = arrived(whole);
    expect(stored.participants).toEqual([masked, masked]);
    expect(reimported(stored)).toEqual(stored);
    expect(arrived(whole, whole)).toEqual(stored);
  });

  test('One whom the legacy list alone tells stays when a page tells of somebody else, and is on it only once', () => {
    const first = copy({
      ...without(whole, 'participants_v2'),
      participants_v2: [entity(masked)],
      ...cut('participants_v2'),
    });
    const other = page('participants_v2', [entity(user('b'))]);
    const second = page('participants_v2', [entity(user('b')), entity(masked)]);
    expect(arrived(first, other).participants).toEqual([masked, user('b'), masked]);
    expect(arrived(first, second).participants).toEqual([masked, user('b'), masked]);
  });

  test('Any lists of people, in any number of copies and pages, come back from an export as they were, and change nothing', () => {
    const person = fc.constantFrom<Json>(masked, user('a'), user('b'), { phone: { displayName: 'x' } }, {});
    const list = fc.array(person, { maxLength: 4 });
    const told = fc.record(
      {
        participants: list,
        participants_v2: list.map((sets) => sets.map((set) => entity(set, { unit: 1 }))),
        isCut: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const property = fc.property(fc.array(told, { minLength: 1, maxLength: 3 }), fc.array(list), (copies, pages) => {
      const stored = arrived(
        ...copies.map(({ isCut, ...lists }) =>
          copy({ ...lists, ...(isCut && lists.participants_v2 && cut('participants_v2')) }),
        ),
        ...pages.map((sets) =>
          page(
            'participants_v2',
            sets.map((set) => entity(set)),
          ),
        ),
      );
      expect(reimported(stored)).toEqual(stored);
      expect(merge(stored, reimported(stored))).toBeNull();
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('Further pages of a record', () => {
  const first = copy({
    participants_v2: [entity({ guest: { id: null } }), entity({ phone: { id: '+1425555****' } })],
    ...cut('participants_v2'),
  });
  const second = page(
    'participants_v2',
    [entity({ guest: { id: null } }), entity({ phone: { id: '+1425555****' } })].slice(0, 2).reverse(),
  );

  test('People on a further page count for themselves, though their ids repeat or are missing', () => {
    const result = arrived(first, second);
    expect(result.participants).toHaveLength(4);
    expect(reimported(result)).toEqual(result);
  });

  test('A page, or its record, that comes again changes nothing', () => {
    const result = arrived(first, second);
    expect(arrived(first, second, second)).toEqual(result);
    expect(arrived(first, second, first, second)).toEqual(result);
  });

  test('A page is found in the list wherever it stands, also behind what begins like it', () => {
    const list = (ids: string) => [...ids].map((id) => entity(user(id)));
    const length = (stored: string, ids: string) =>
      arrived(copy({ participants_v2: list(stored), ...cut('participants_v2') }), page('participants_v2', list(ids)))
        .participants.length;
    expect([length('aabaabaac', 'aabaac'), length('aaab', 'aab'), length('abcab', 'cab')]).toEqual([9, 4, 5]);
    expect([length('aabaabaac', 'aabb'), length('ab', 'abc'), length('aaaa', 'aaaab')]).toEqual([13, 5, 9]);
  });

  test('Of very many people with one id, pages and legacy lists are read in as many steps', () => {
    const masked = (count: number) => Array.from({ length: count }, () => entity({ phone: { id: '+1425555****' } }));
    const many = copy({ participants_v2: masked(60_000), ...cut('participants_v2') });
    const further = page('participants_v2', [...masked(40_000), entity(user('a'))]);
    expect(arrived(many, further).participants).toHaveLength(100_001);
    const sets = Array.from({ length: 30_000 }, (_, index) => user(`${index}`));
    const both = readGraphRecord(copy({ participants: sets, participants_v2: sets.map((set) => entity(set)) }));
    expect(both.participants).toHaveLength(30_000);
  });

  test('Pages of a new version start lists of their own', () => {
    const old = copy({ participants_v2: [entity(user('a')), entity(user('b'))], sessions: [{ id: 's1', of: 'v1' }] });
    const item = copy({ version: 2 });
    const result = arrived(
      old,
      item,
      page('participants_v2', [entity(user('a')), entity(user('c'))]),
      page('sessions', [{ id: 's2' }]),
    );
    expect(people(result)).toEqual(['a', 'c']);
    expect(result.sessions).toEqual([{ id: 's2' }]);
  });

  test('A page whose items are no participants is refused with the place of each', () => {
    expect(() => graphItems(page('participants_v2', [entity(user('a')), entity({ user: { id: 5 } })]))).toThrow(
      'participants_v2[1].identity.user.id',
    );
    expect(() => graphItems({ ...page('sessions', []), value: ['x'] })).toThrow('sessions');
  });
});

describe('A higher version', () => {
  const unit = { administrativeUnitInfos: [{ id: 'u' }] };
  const one = copy({
    joinWebUrl: 'https://x.example/1',
    organizer_v2: entity(user('o'), unit),
    participants_v2: [entity(user('a')), entity(user('b'))],
  });

  test('What it does not bring stays, the organizer with all that belongs to it', () => {
    const two = without(
      copy({ version: 2, participants_v2: [entity(user('c'))] }),
      'type',
      'modalities',
      'joinWebUrl',
      'organizer_v2',
    );
    const result = arrived(one, two);
    expect(result).toMatchObject({
      version: 2n,
      type: 'groupCall',
      modalities: ['audio'],
      joinWebUrl: 'https://x.example/1',
    });
    expect([result.organizer, result.extension?.organizer]).toEqual([user('o'), unit]);
    expect(people(result)).toEqual(['c']);
  });

  test('What it does not bring gives way to the copy of that version that brings it', () => {
    const two = without(copy({ version: 2 }), 'type', 'joinWebUrl', 'organizer_v2');
    const whole = copy({ version: 2, type: 'peerToPeer', organizer_v2: entity(user('p')), participants_v2: [] });
    expect(arrived(one, two, whole)).toEqual(readGraphRecord(whole));
  });

  test('What it says there is none of is gone: a null URL or organizer, an empty list of entities', () => {
    const result = arrived(one, copy({ version: 2, participants_v2: [] }));
    expect(result).toMatchObject({ joinWebUrl: null, organizer: null, participants: [], extension: null });
  });

  test('A new organizer has nothing of what belonged to the old one', () => {
    const result = arrived(one, copy({ version: 2, organizer_v2: entity(user('p')) }));
    expect(result.organizer).toEqual(user('p'));
    expect(result.extension?.organizer).toBeUndefined();
  });

  test('People and sessions of the version before are marked as such in the export', () => {
    const stale = arrived({ ...one, sessions: [{ id: 's1' }] }, copy({ version: 2 }));
    expect(people(stale)).toEqual(['a', 'b']);
    expect(reimported(stale)).toEqual(stale);
    const whole = copy({ version: 2, participants_v2: [entity(user('a')), entity(user('c'))], sessions: [] });
    expect(people(merge(reimported(stale), readGraphRecord(whole)) as CallRecordDocument)).toEqual(['a', 'c']);
  });
});

describe('The sessions of a record without participants', () => {
  const GUID = '821809f5-0000-0000-0000-3b5136c0e777';
  const sessions = [
    { id: 's1', caller: { associatedIdentity: { id: GUID } }, callee: { userAgent: {} } },
    {
      id: 's2',
      caller: { identity: { guest: { id: 'teamsvisitor:1' }, user: null } },
      callee: { associatedIdentity: { id: '+1' } },
    },
    { id: 's3', caller: { associatedIdentity: { id: GUID } }, callee: null },
  ];

  test('Callers stand in for the participants of a group call, once each', () => {
    expect(readGraphRecord(copy({ sessions })).participants).toEqual([user(GUID), { guest: { id: 'teamsvisitor:1' } }]);
  });

  test('Both ends stand in for those of a call between two', () => {
    const document = readGraphRecord(copy({ type: 'peerToPeer', sessions: sessions.slice(1, 2) }));
    expect(document.participants).toEqual([{ guest: { id: 'teamsvisitor:1' } }, { phone: { id: '+1' } }]);
  });

  test('They give way to the participants once these are told, and come back as they were from an export', () => {
    const document = readGraphRecord(copy({ sessions }));
    expect(reimported(document)).toEqual(document);
    expect(people(arrived(copy({ sessions }), copy({ participants_v2: [entity(user('a'))] })))).toEqual(['a']);
    expect(arrived(copy(), page('sessions', sessions)).participants).toHaveLength(2);
  });
});

function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
