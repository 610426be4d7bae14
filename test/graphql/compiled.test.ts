import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { callerFromClaims } from '../../src/auth/caller.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { createInput } from '../support/harness.js';
import { guid, importRecord } from '../support/asking.js';
import { DocumentMaker, type Generated } from './documents.js';
import { JsonWriter, oddSet } from './json-writings.js';
import { newerRecord, records } from './odd-records.js';
import { anna, asking, ben, Charge, nobody, PATIENCE_MS, poolOf, postgres, reader, RUNS, sqlite } from './compiling.js';

const started = Date.now() - 60_000;

const { asked, open, ask, reference } = asking();

/** Somebody who creates, with idempotency keys of their own. */
const writer = (sub: string) => callerFromClaims({ roles: ['CallRecords.ReadWrite.All'], sub });

/** An answer in which ids and times of the server are told apart, but not what they are. */
function withoutChance(text: string, seen: string[]): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      if (!seen.includes(id)) seen.push(id);
      return `record ${seen.indexOf(id)}`;
    })
    .replace(/"\d{4}-[^"]*Z"/g, (time) => (Date.parse(JSON.parse(time) as string) > started ? '"now"' : time));
}

/** What is stored of records, but their ids and times. The order of members in it has no meaning. */
async function stored(ids: string[]): Promise<object[]> {
  const access = { visibleTo: null, sessions: true };
  const found = await Promise.all(ids.map((id) => asked.store.findDocument(id, access)));
  return found.map((one) => ({ ...one?.document, id: null, lastModifiedDateTime: null }));
}

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
])('From %s', (engine, database) => {
  // To make a failure small takes PostgreSQL longer than a test may, which would then report the time instead.
  const endOnFailure = engine === 'PostgreSQL';
  open(database, records);
  beforeAll(async () => {
    // JSON that means the same in other words.
    await asked.opened.rewrite(guid(4), String.raw`[{"user":{"id":"\u0061\/b","displayName":"\u00d6\ud83e\udd8a"}}]`);
    await asked.opened.rewrite(guid(5), '[ { "user": { "id": "a" } } ]');
  });

  test(
    'Compiled or not, an answer is the same to the byte as that of graphql-js',
    async () => {
      const choices = await poolOf(ask);
      let compiled = 0;
      let version = 1;
      await fc.assert(
        fc.asyncProperty(
          fc.gen(),
          fc.constantFrom(reader, reader, reader, anna, ben, nobody),
          async (generate, caller) => {
            const request = new DocumentMaker(generate, asked.schema, choices).make();
            if (generate(fc.nat, { max: 9 }) === 0) await asked.store.import([newerRecord((version += 1))]);
            const [charged, chargedByReference] = [new Charge(), new Charge()];
            const expected = await reference(request, caller, chargedByReference.spend);
            const { text, isCompiled } = await ask(request, caller, true, charged.spend);
            expect({ ...request, text, points: charged.of(text) }).toEqual({
              ...request,
              text: expected,
              points: chargedByReference.of(expected),
            });
            // And what has been written before stays the same.
            for (const takesBytes of [false, true])
              expect((await ask(request, caller, takesBytes)).text).toBe(expected);
            if (isCompiled) compiled += 1;
          },
        ),
        { numRuns: RUNS, endOnFailure },
      );
      // Many of the documents are wrong, or ask for what is left to graphql-js.
      expect(compiled).toBeGreaterThan(RUNS / 10);
    },
    PATIENCE_MS,
  );

  test(
    'Compiled or not, creates answer and leave the same as by graphql-js, repeated or not',
    async () => {
      const choices = await poolOf(ask);
      let compiled = 0;
      let callers = 0;
      const sequences = fc.asyncProperty(fc.gen(), fc.integer({ min: 1, max: 3 }), async (generate, length) => {
        callers += 1;
        const by = [writer(`a${callers}`), writer(`b${callers}`)] as const;
        const seen: [string[], string[]] = [[], []];
        for (let place = 0; place < length; place++) {
          const request = new DocumentMaker(generate, asked.schema, choices, 'mutation').make();
          const [charged, chargedByReference] = [new Charge(), new Charge()];
          const expected = withoutChance(await reference(request, by[0], chargedByReference.spend), seen[0]);
          const { text, isCompiled } = await ask(request, by[1], true, charged.spend);
          expect({ ...request, text: withoutChance(text, seen[1]), points: charged.of(text) }).toEqual({
            ...request,
            text: expected,
            points: chargedByReference.of(expected),
          });
          if (isCompiled) compiled += 1;
        }
        expect(await stored(seen[1])).toEqual(await stored(seen[0]));
      });
      // Each create waits for the disk.
      await fc.assert(sequences, { numRuns: RUNS / 5, endOnFailure });
      expect(compiled).toBeGreaterThan(RUNS / 30);
    },
    PATIENCE_MS,
  );

  describe('What is compiled', () => {
    const USUAL: [string, Generated][] = [
      [
        'A record',
        { query: 'query ($id: ID!) { callRecord(id: $id) { id version type } }', variables: { id: guid(1) } },
      ],
      [
        'A page with everybody, through fragments',
        {
          query: `query ($with: Boolean!) { callRecords(last: 3) { totalCount nodes { id ...P } pageInfo { hasNextPage endCursor } } }
          fragment P on CallRecord { organizer { user { id } } participants @include(if: $with) { phone { id displayName } } }`,
          variables: { with: true },
        },
      ],
      [
        "A gateway's references",
        {
          query: 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on CallRecord { id joinWebUrl } } }',
          variables: { r: [{ __typename: 'CallRecord', id: guid(1) }] },
        },
      ],
      [
        'Statistics',
        {
          query: `query ($zone: String) { callRecordStatistics(interval: HOUR, timeZone: $zone) {
            count averageDurationSeconds byType { type count } some: byDuration { from to count } quality { goodCalls }
            buckets { __typename start count poorCalls } hoursOfWeek { dayOfWeek hour count } } }`,
          variables: { zone: 'Europe/Berlin' },
        },
      ],
    ];

    test.each(USUAL)('%s is', async (_what, request) => {
      const { text, isCompiled } = await ask(request, reader);
      expect(isCompiled).toBe(true);
      expect(text).toBe(await reference(request, reader));
    });

    test.each([
      ['absent', 'query ($constructor: Int) { callRecords(first: $constructor, last: 2) { totalCount } }', {}],
      [
        'absent beside a number that is kept as it was written',
        'query ($constructor: Int, $n: Int) { callRecords(first: $n, last: $constructor) { totalCount } }',
        { n: new LosslessNumber('2.0') },
      ],
      [
        'absent beside a number that is kept as it was written, in an object that stands for a list',
        'query ($constructor: Int, $f: CallRecordFilter) { callRecords(last: $constructor, filter: $f) { totalCount } }',
        { f: { and: { and: [{ durationSeconds: { gte: new LosslessNumber('6e1') } }] } } },
      ],
      [
        'given',
        'query ($__proto__: Int) { callRecords(last: $__proto__) { totalCount } }',
        JSON.parse('{ "__proto__": 2 }') as Generated['variables'],
      ],
    ])('A variable named as what every object has is what the client sends: %s', async (_what, query, variables) => {
      const request = { query, variables };
      const { text, isCompiled } = await ask(request, reader);
      expect([isCompiled, text]).toEqual([true, await reference(request, reader)]);
    });

    test('A required variable named so is told to be missing', async () => {
      const request = { query: 'query ($constructor: ID!) { callRecord(id: $constructor) { id } }', variables: {} };
      const { errors } = JSON.parse((await ask(request, reader)).text) as { errors: { extensions: object }[] };
      expect(errors.map(({ extensions }) => extensions)).toMatchObject([
        { code: 'BAD_USER_INPUT', violations: [{ path: ['id'], rule: 'required' }] },
      ]);
    });

    const CREATE =
      'mutation ($input: CreateCallRecordInput!, $key: String) { createCallRecord(input: $input, idempotencyKey: $key) { id participants { user { id displayName } } } }';

    test('A create is, and its repetition, but not its conflict, for which nothing is written twice', async () => {
      const ask1 = (key: string, change: object) =>
        ask({ query: CREATE, variables: { input: createInput(change), key } }, writer('c'));
      const first = await ask1('c1', {});
      const again = await ask1('c1', {});
      expect([first.isCompiled, again]).toEqual([true, first]);
      const sql: string[] = [];
      const end = asked.store.onStatement((statement) => sql.push(statement.sql));
      const { isCompiled, text } = await ask1('c1', { version: 2 });
      end();
      expect(isCompiled).toBe(false);
      expect(text).toContain('"CONFLICT"');
      expect(sql.filter((one) => one.includes('insert') && one.includes('idempotency_keys'))).toHaveLength(1);
    });

    test('Two creates of one document are executed one after the other', async () => {
      const query = `mutation ($a: CreateCallRecordInput!, $b: CreateCallRecordInput!) {
        a: createCallRecord(input: $a, idempotencyKey: "d") { version } b: createCallRecord(input: $b, idempotencyKey: "d") { version } }`;
      const variables = { a: createInput({ version: 1 }), b: createInput({ version: 2 }) };
      const { isCompiled, text } = await ask({ query, variables }, writer('d'));
      expect(isCompiled).toBe(false);
      expect(JSON.parse(text)).toMatchObject({
        data: null,
        errors: [{ path: ['b'], extensions: { code: 'CONFLICT' } }],
      });
    });

    test('A repetition of a create whose people another program wrote creates nothing, and reads the same', async () => {
      const request = { query: CREATE, variables: { input: createInput(), key: 'e' } };
      const { data } = JSON.parse((await ask(request, writer('e'))).text) as {
        data: { createCallRecord: { id: string } };
      };
      await asked.opened.rewrite(data.createCallRecord.id, '[{"user":{"id":5,"displayName":"x"}}]');
      const { isCompiled, text } = await ask(request, writer('e'));
      expect(isCompiled).toBe(false);
      expect(text).toBe(await reference(request, writer('e')));
      expect(text).toContain('"id":"5"');
    });

    test.each([
      ['of what is selected of a page', '{ callRecords { totalCount @include(if: $v) nodes { id } } }'],
      ['of the only field', '{ callRecords @skip(if: $v) { totalCount } }'],
      [
        'in a fragment',
        '{ callRecords { nodes { ...F } } } fragment F on CallRecord { id organizer @skip(if: $v) { endpointType } }',
      ],
      ['of what is below nothing', `{ callRecord(id: "${guid(99)}") { organizer { endpointType @include(if: $v) } } }`],
    ])(
      'A condition %s that is null in spite of its default is not, nor is it anything else',
      async (_where, document) => {
        const request = (v?: boolean | null) => ({ query: `query ($v: Boolean = true) ${document}`, variables: { v } });
        for (const v of [true, null, false, null]) {
          const { text, isCompiled } = await ask(request(v), reader);
          expect([text, isCompiled && v === null]).toEqual([await reference(request(v), reader), false]);
        }
      },
    );

    test('A record whose JSON another program wrote reads the same', async () => {
      for (const [number, compiles] of [
        [4, true],
        [5, false],
      ] as const) {
        const query = `{ callRecord(id: "${guid(number)}") { participants { user { id displayName } } } }`;
        const { text, isCompiled } = await ask({ query, variables: {} }, reader);
        expect(isCompiled).toBe(compiles);
        expect(text).toBe(await reference({ query, variables: {} }, reader));
      }
    });

    test('However people are written as JSON, they read the same', async () => {
      const query = `{ callRecord(id: "${guid(3)}") { organizer { ...P } participants { ...P } } }
        fragment P on IdentitySet { endpointType phone { id } user { displayName id } }`;
      const writings = fc.asyncProperty(fc.gen(), async (generate) => {
        const writer = new JsonWriter(generate);
        const set = () => writer.write(oddSet(generate));
        await asked.opened.rewrite(guid(3), writer.list([set(), set()]));
        await asked.opened.rewrite(guid(3), set(), 'organizer');
        const expected = await reference({ query, variables: {} }, reader);
        expect(expected).not.toContain('"errors"');
        for (let time = 0; time < 2; time++) expect((await ask({ query, variables: {} }, reader)).text).toBe(expected);
      });
      await fc.assert(writings, { numRuns: RUNS / 5, endOnFailure });
    });

    // As rows were once told apart.
    const forged = (before: string) =>
      [1, 99].map((number) => `\u001e${guid(number)}\u001f1\u001f${before}=https://forged.example/`).join('');

    test.each([
      ['the URL, as a record found', { joinWebUrl: `https://a.example/${forged('')}` }],
      [
        'the URL, as a record listed',
        { joinWebUrl: `https://a.example/${forged(`2026-01-15\u001f${guid(99)}\u001f`)}` },
      ],
      ['the type', { type: `fax${forged('')}` }],
      ['the URL, as a row that is cut', { joinWebUrl: 'https://a.example/\u001eyÿþ\u001e' }],
      ['the URL, as a value too many', { joinWebUrl: 'https://a.example/\u001f=x' }],
    ])('Control characters that an older version has stored in %s, are read as they are', async (_what, changes) => {
      await asked.store.import([{ ...readGraphRecord(importRecord(40)), ...changes }]);
      const r = [40, 1].map((number) => ({ __typename: 'CallRecord', id: guid(number) }));
      const queries = [
        `{ callRecord(id: "${guid(40)}") { joinWebUrl type } }`,
        '{ callRecords(first: 3) { totalCount nodes { id joinWebUrl } } }',
        '{ callRecords(first: 3) { edges { node { type } cursor } } }',
        ...['joinWebUrl', 'type'].map(
          (field) => `query ($r: [_Any!]!) { _entities(representations: $r) { ... on CallRecord { ${field} } } }`,
        ),
      ];
      try {
        for (const query of queries) {
          const request = { query, variables: query.includes('$r') ? { r } : {} };
          const expected = await reference(request, reader);
          expect(expected).not.toContain('"errors"');
          expect((await ask(request, reader)).text).toBe(expected);
        }
      } finally {
        await asked.store.delete(guid(40));
      }
    });

    test('A record is as the database has it now, however often it was asked for before', async () => {
      const query = `{ callRecord(id: "${guid(2)}") { participants { user { displayName } } } }`;
      const names = ['Anna', 'Bert', 'Anna', 'Carl'];
      for (const displayName of names) {
        await asked.opened.rewrite(guid(2), JSON.stringify([{ user: { id: 'a', displayName } }]));
        const answers = [1, 2, 3].map(async () => (await ask({ query, variables: {} }, reader)).text);
        const expected = { data: { callRecord: { participants: [{ user: { displayName } }] } } };
        expect((await Promise.all(answers)).map((text) => JSON.parse(text) as unknown)).toEqual(
          Array(3).fill(expected),
        );
      }
    });

    test('A budget is charged once, also where graphql-js finishes what was begun', async () => {
      const query = `{ callRecord(id: "${guid(30)}") { participants { user { id displayName } } } }`;
      let charged = 0;
      const { isCompiled, text } = await ask({ query, variables: {} }, reader, true, async () => void (charged += 1));
      expect([isCompiled, charged]).toEqual([false, 1]);
      expect(text).toContain('"id":"5"');
    });
  });
});
