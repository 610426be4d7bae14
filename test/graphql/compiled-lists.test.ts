import fc from 'fast-check';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { guid, importRecord } from '../support/asking.js';
import { DocumentMaker } from './documents.js';
import { PEOPLE, records } from './odd-records.js';
import { anna, asking, ben, Charge, nobody, PATIENCE_MS, poolOf, postgres, reader, RUNS, sqlite } from './compiling.js';

const { asked, open, ask, reference } = asking();

/** The newest call of somebody, which the other one must not see in the list of that person. */
const withoutAnna = () =>
  readGraphRecord(importRecord(40, { organizer: null, participants: [{ user: { id: PEOPLE[1] } }] }));

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
])('From %s', (_engine, database) => {
  open(database, () => [...records(), withoutAnna()]);

  test(
    'Compiled or not, lists in lists, and lists beside each other, are the same to the byte',
    async () => {
      const choices = await poolOf(ask);
      let compiled = 0;
      await fc.assert(
        fc.asyncProperty(fc.gen(), fc.constantFrom(reader, reader, anna, ben, nobody), async (generate, caller) => {
          const request = new DocumentMaker(generate, asked.schema, choices).makeOfLists();
          const [charged, chargedByReference] = [new Charge(), new Charge()];
          const expected = await reference(request, caller, chargedByReference.spend);
          const { text, isCompiled } = await ask(request, caller, true, charged.spend);
          expect({ ...request, text }).toEqual({ ...request, text: expected });
          // What others have paid by the time that one fails is chance.
          if (!expected.includes('"errors"'))
            expect({ ...request, points: charged.of(text) }).toEqual({
              ...request,
              points: chargedByReference.of(expected),
            });
          if (isCompiled) compiled += 1;
        }),
        { numRuns: RUNS / 2 },
      );
      // Many hold a record in a form of its own, or what is left to graphql-js.
      expect(compiled).toBeGreaterThan(RUNS / 50);
    },
    PATIENCE_MS,
  );

  const THEIRS = 'participants { user { account { id callRecords(first: 3) { nodes { id type } } } } }';

  const OF = `filter: { participant: { id: ["${PEOPLE[0]}"] } }`;

  test.each([
    ['Lists of those in a list', `{ callRecords(first: 5, ${OF}) { nodes { id ${THEIRS} } } }`],
    ['Lists of those in a record', `{ callRecord(id: "${guid(1)}") { id ${THEIRS} } }`],
    [
      'Lists of those in lists beside each other',
      `{ a: callRecords(first: 2) { nodes { id } } b: callRecords(last: 5, ${OF}) { nodes { ${THEIRS} } } }`,
    ],
    [
      'Lists in lists in a list',
      `{ callRecords(first: 2, ${OF}) { nodes { ${THEIRS.replace('id type', `id ${THEIRS}`)} } } }`,
    ],
  ])('%s are', async (_what, query) => {
    for (const caller of [reader, anna]) {
      const { text, isCompiled } = await ask({ query, variables: {} }, caller);
      expect(isCompiled).toBe(true);
      expect(text).toContain('"account":{');
      expect(text).toBe(await reference({ query, variables: {} }, caller));
    }
  });
});
