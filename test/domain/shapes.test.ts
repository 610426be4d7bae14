import { readFileSync } from 'node:fs';
import { CallRecordsError } from '../../src/domain/errors.js';
import { graphItems, readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson, stringifyJson } from '../../src/platform/json.js';

type Json = { [name: string]: unknown };
type Path = (string | number)[];

const text = readFileSync(new URL('../fixtures/graph/10-full-depth.json', import.meta.url), 'utf8');
const whole = () => parseJson(text) as Json;
/** Values are free below these, as members of theirs change. */
const OPEN = ['tokens'];

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown) => typeof value === 'number' || (isObject(value) && 'isLosslessNumber' in value);

/** The paths of all values of the record that a test wants, at any depth. */
function pathsOf(wanted: (value: unknown, path: Path) => boolean, value: unknown = whole(), path: Path = []): Path[] {
  const own = path.length > 0 && wanted(value, path) ? [path] : [];
  if (isNumber(value) || OPEN.includes(String(path.at(-1))) || typeof value !== 'object' || value === null) return own;
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [
    ...own,
    ...members
      .filter(([name]) => !String(name).includes('@'))
      .flatMap(([name, member]) => pathsOf(wanted, member, [...path, name])),
  ];
}

/** The record with another value at a path. */
function withValue(path: Path, value: unknown): Json {
  const json = whole();
  const inner = path.slice(0, -1).reduce((object, name) => object[name] as Json, json);
  inner[path.at(-1) as string] = value;
  return json;
}

/** The broken rules of kinds: path and message. */
function misfits(json: Json): unknown[] {
  try {
    readGraphRecord(json);
    return [];
  } catch (error) {
    const { violations = [] } = error as CallRecordsError;
    return violations.map(({ path, rule, message }) => ({ path: path.join('.'), rule, message }));
  }
}

const told = (path: Path, message: string) => [{ path: path.join('.'), rule: 'type', message }];

describe('In a record', () => {
  test('Text, a number, a Boolean or a list in the place of any object is refused by its path', () => {
    const objects = pathsOf((value) => isObject(value) && !isNumber(value));
    expect(objects.length).toBeGreaterThan(40);
    for (const path of objects) {
      for (const wrong of ['@{id=…}', '', 5, true, [], [{}]])
        expect(misfits(withValue(path, wrong))).toEqual(told(path, 'Expected an object.'));
    }
  });

  test('Text, a number or an object in the place of any list is refused by its path', () => {
    const lists = pathsOf((value) => Array.isArray(value));
    expect(lists.length).toBeGreaterThan(10);
    for (const path of lists) {
      const message = path.at(-1) === 'modalities' ? 'Expected a list of strings.' : 'Expected a list of objects.';
      for (const wrong of ['', 'audio', 5, {}]) expect(misfits(withValue(path, wrong))).toEqual(told(path, message));
    }
  });

  test('An object, a list or a number in the place of text is refused by its path', () => {
    const isOfRecord = (path: Path) => path.length === 1 && /^id$|DateTime$/.test(String(path));
    const texts = pathsOf(
      (value, path) => typeof value === 'string' && !isOfRecord(path) && path.at(-2) !== 'modalities',
    );
    expect(texts.length).toBeGreaterThan(60);
    for (const path of texts) {
      for (const wrong of [{ a: 1 }, ['a'], 5]) {
        expect(misfits(withValue(path, wrong))).toEqual(told(path, 'Expected a string.'));
      }
    }
  });

  test('An object or a list in the place of a number or of a Boolean is refused by its path', () => {
    const numbers = pathsOf((value, path) => isNumber(value) && path.length > 1);
    const booleans = pathsOf((value) => typeof value === 'boolean');
    expect([numbers.length > 40, booleans.length > 1]).toEqual([true, true]);
    for (const path of numbers)
      for (const wrong of [{}, [1]]) expect(misfits(withValue(path, wrong))).toEqual(told(path, 'Expected a number.'));
    for (const path of booleans)
      for (const wrong of [{}, [], 'yes', 1])
        expect(misfits(withValue(path, wrong))).toEqual(told(path, 'Expected a Boolean.'));
  });

  test('Null may stand in the place of any object, list, text, number or Boolean', () => {
    const isItem = (path: Path) => typeof path.at(-1) === 'number';
    const isRequired = (path: Path) =>
      path.length === 1 && /^(id|version|startDateTime|endDateTime)$/.test(String(path));
    const places = pathsOf((_value, path) => !isItem(path) && !isRequired(path));
    for (const path of places) expect(misfits(withValue(path, null))).toEqual([]);
  });

  test('Numbers may be text: 64-bit integers, and what is no finite number', () => {
    const paths = pathsOf((value, path) => isNumber(value) && path.length > 1);
    for (const path of paths)
      for (const value of ['9007199254740993', 'NaN', '-INF']) expect(misfits(withValue(path, value))).toEqual([]);
  });

  test('Members that nobody knows may hold anything, in any object, and are stored as they came', () => {
    const objects = pathsOf((value) => isObject(value) && !isNumber(value));
    for (const path of objects) {
      for (const anything of ['text', 5, false, null, [1, ['a']], { a: [{}] }])
        expect(misfits(withValue([...path, 'hologram'], anything))).toEqual([]);
    }
    const session = { id: 's', hologram: [1, 'a', { b: null }] };
    const set = { hologram: 'text', user: { id: 'a', badge: ['x', {}] } };
    const document = readGraphRecord({ ...whole(), participants_v2: [{ identity: set }], sessions: [session] });
    expect([document.sessions, document.participants[0]]).toEqual([[session], set]);
  });

  test('Feedback tokens and kinds of identity that nobody knows are data, whatever they hold', () => {
    const endpoint = { feedback: { tokens: { A: true, B: 'maybe', C: [1] } }, identity: { cyborg: 5 } };
    expect(misfits({ ...whole(), sessions: [{ id: 's', caller: endpoint }] })).toEqual([]);
  });

  test('A name in a session that no database could give back is refused as one among the participants is', () => {
    const caller = { associatedIdentity: { id: 'a\0' }, identity: { phone: { displayName: '\ud800' } } };
    expect(misfits({ ...whole(), sessions: [{ caller }] })).toEqual([
      expect.objectContaining({ path: 'sessions.0.caller.associatedIdentity.id', rule: 'characters' }),
      expect.objectContaining({ path: 'sessions.0.caller.identity.phone.displayName', rule: 'characters' }),
    ]);
  });

  test('What is no object among the participants or sessions is refused by its place', () => {
    for (const list of ['participants', 'participants_v2', 'sessions']) {
      for (const wrong of ['@{id=…}', 5, null, true])
        expect(misfits({ ...whole(), [list]: [{}, wrong] })).toEqual(told([list, 1], 'Expected an object.'));
      expect(misfits({ ...whole(), [list]: 'text' })).toEqual(told([list], 'Expected a list of objects.'));
    }
  });

  test('A list of lists, as pages are saved one after the other, is one list', () => {
    const pages = {
      participants_v2: [[{ id: 'a' }], [{ id: 'b' }]],
      sessions: [[{ id: '1' }, { id: '2' }], [], [{ id: '3' }]],
    };
    const { sessions, participants } = readGraphRecord({ ...whole(), participants: [], ...pages });
    expect(sessions).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);
    expect(participants).toHaveLength(2);
    expect(misfits({ ...whole(), sessions: [[{ id: '1' }], { id: '2' }] })).toEqual(
      told(['sessions', 0], 'Expected an object.'),
    );
  });

  test('All that is wrong is told at once, up to as much as anybody counts', () => {
    const broken = {
      ...whole(),
      organizer_v2: 'x',
      participants: [{ user: '' }],
      sessions: [{ segments: '', media: 5 }],
    };
    expect(misfits(broken)).toHaveLength(3);
    expect(misfits({ ...whole(), sessions: Array<Json>(6_000).fill({ caller: 'x' }) })).toHaveLength(5_000);
  });
});

test('A page of sessions or participants is refused for the same, by the place in it', () => {
  const context = `https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('${String(whole().id)}')/`;
  const read = (part: string, value: unknown[]) => () => graphItems({ '@odata.context': `${context}${part}`, value });
  expect(read('sessions', [{}, { callee: 'x' }])).toThrow('sessions[1].callee: Expected an object.');
  expect(read('sessions(segments())', [{ segments: [{ media: [5] }] }])).toThrow('sessions[0].segments[0].media[0]: ');
  expect(read('participants_v2', [{ identity: '@{user=}' }])).toThrow(
    'participants_v2[0].identity: Expected an object.',
  );
});

test('The record of full depth is read without a word, and comes back digit for digit', () => {
  const { sessions } = readGraphRecord(whole());
  expect(stringifyJson(sessions)).toBe(stringifyJson(whole().sessions));
});
