import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isLosslessNumber } from 'lossless-json';
import { nestsDeeper, parseJson, stringifyJson } from '../../src/platform/json.js';

const FIXTURES = new URL('../fixtures/graph/', import.meta.url);
const UNUSUAL = ['9007199254740993', '9223372036854775807', '1.0', '-0', '0.10', '1e3', '1E-7', '0.0000001', '-0.0'];
const UNUSUAL_TOO = [
  '0.1234567890123456789',
  '123456789012345678901234567890',
  '-1.5E300',
  '1e400',
  '1e-0000000000000000000000007',
  '12345678901234.0',
  '0e0',
  '10.00',
];
const ORDINARY = [
  '0',
  '7',
  '-7',
  '0.5',
  '-0.25',
  '123456789012345',
  '0.000001',
  '1234567.891',
  '100',
  '9007199254740991',
];

/** The value of `key`, as parsed from an object that has it in the midst of others. */
function parsedNumber(literal: string): unknown {
  return (parseJson(`{"before":"x","n":${literal},"after":[1,2]}`) as { n: unknown }).n;
}

const anyLiteral = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.bigInt({ min: 1n, max: 10n ** 22n }).map(String),
      fc.integer({ min: 1, max: 999 }).map(String),
    ),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,20}$/), fc.stringMatching(/^\.0{0,8}[0-9]{1,4}$/)),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.stringMatching(/^[eE][-+]?[0-9]{1,3}$/) },
    ),
  )
  .map((parts) => parts.join(''));
const blank = fc.constantFrom('', '', ' ', '\n', '\r\n\t');

/** A JSON text with blanks in it, beside the same text without: what a lossless round trip gives. */
interface Text {
  spaced: string;
  compact: string;
}

const anyText = fc.letrec<{ node: Text }>((tie) => {
  const scalar = fc.oneof(
    anyLiteral,
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('null', 'true', 'false'),
  );
  const leaf = fc.tuple(blank, scalar, blank).map(([a, text, b]) => ({ spaced: a + text + b, compact: text }));
  const array = fc.array(tie('node'), { maxLength: 5 }).map((items) => ({
    spaced: `[${items.map((item) => item.spaced).join(',')}]`,
    compact: `[${items.map((item) => item.compact).join(',')}]`,
  }));
  const object = fc
    .tuple(blank, fc.array(fc.tuple(fc.string(), tie('node')), { maxLength: 5 }))
    .map(([space, entries]) => {
      // The index and the letter keep the keys apart and out of JavaScript's own order for whole numbers.
      const keys = entries.map(([key], index) => JSON.stringify(`k${index}${key}`));
      return {
        spaced: `{${entries.map(([, item], index) => `${space}${keys[index]}${space}:${item.spaced}`).join(',')}}`,
        compact: `{${entries.map(([, item], index) => `${keys[index]}:${item.compact}`).join(',')}}`,
      };
    });
  return { node: fc.oneof({ maxDepth: 4 }, leaf, array, object) };
}).node;

describe('Parsing JSON without loss', () => {
  test.each([...UNUSUAL, ...UNUSUAL_TOO])(
    '%s, which a JavaScript number would write differently, keeps its digits',
    (literal) => {
      expect(isLosslessNumber(parsedNumber(literal))).toBe(true);
      expect(String(parsedNumber(literal))).toBe(literal);
      expect(String(parseJson(literal))).toBe(literal);
      expect(stringifyJson(parseJson(`[${literal}]`))).toBe(`[${literal}]`);
    },
  );

  test.each(ORDINARY)('%s is an ordinary JavaScript number', (literal) => {
    expect(parsedNumber(literal)).toBe(Number(literal));
    expect(parseJson(literal)).toBe(Number(literal));
  });

  test('Beside an unusual number the ordinary ones stay JavaScript numbers', () => {
    expect(parseJson('{"a":1,"b":[2.5,9007199254740993]}')).toMatchObject({
      a: 1,
      b: [2.5, { value: '9007199254740993' }],
    });
  });

  test('Any JSON text comes back with each number literal as it was written', () => {
    fc.assert(
      fc.property(anyText, ({ spaced, compact }) => expect(stringifyJson(parseJson(spaced))).toBe(compact)),
      { numRuns: 2000 },
    );
  });

  test('A whole number beyond 2^53 keeps its digits, though JavaScript would write it back as it came', () => {
    for (const digits of ['9007199254740992', '-9007199254740994', '10000000000000000']) {
      expect(isLosslessNumber(parsedNumber(digits))).toBe(true);
      expect(stringifyJson(parseJson(`[${digits}]`))).toBe(`[${digits}]`);
    }
    expect(parsedNumber('9007199254740991')).toBe(9007199254740991);
  });

  test('Any JSON text that JavaScript itself wrote without exponents or whole numbers beyond 2^53 parses as JSON.parse does', () => {
    const property = fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/\de|(?<![.\d])\d{16,}(?![.\d])/.test(text));
      expect(parseJson(text)).toEqual(JSON.parse(text));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test('Each Graph fixture comes back with the same digits', () => {
    for (const name of readdirSync(FIXTURES).filter((file) => file.endsWith('.json'))) {
      const text = readFileSync(new URL(name, FIXTURES), 'utf8');
      const quoted = text.replaceAll(/([[:,]\s*)(-?\d[\d.eE+-]*)(?=\s*[,\]}])/g, '$1"number $2"');
      expect(stringifyJson(parseJson(text))).toBe(
        JSON.stringify(JSON.parse(quoted)).replaceAll(/"number (.*?)"/g, '$1'),
      );
    }
  });
});

describe('The edges of parsing', () => {
  test.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '[01]',
    '[1.0,]',
    '[9007199254740993',
    '{"a":1e}',
    "['1.0']",
    '1.0 2',
    '[1.0,"\n"]',
  ])('The text %j is refused with a SyntaxError', (text) => expect(() => parseJson(text)).toThrow(SyntaxError));

  test('The last of equal keys wins, with and without an unusual number', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(stringifyJson(parseJson('{"a":1.0,"b":{"c":1},"a":2.0,"b":{"c":[3.0]}}'))).toBe('{"a":2.0,"b":{"c":[3.0]}}');
  });

  test.each(['1', '1.0'])('The key __proto__ is a key like any other, also beside %s', (literal) => {
    const value = parseJson(`{"__proto__":{"polluted":${literal}},"n":${literal}}`) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__', 'n']);
    expect(value.polluted).toBeUndefined();
    expect(stringifyJson(value)).toBe(`{"__proto__":{"polluted":${literal}},"n":${literal}}`);
  });

  test.each(['1', '1.0'])('512 levels of nesting around %s are taken, 513 and 100,000 are a SyntaxError', (literal) => {
    const nested = (levels: number): string => '[{"a":'.repeat(levels / 2) + literal + '}]'.repeat(levels / 2);
    expect(stringifyJson(parseJson(nested(512)))).toBe(nested(512));
    expect(() => parseJson(`[${nested(512)}]`)).toThrow(SyntaxError);
    expect(() => parseJson(nested(100_000))).toThrow(/nests deeper than 512 levels/);
  });

  test('Deep nesting in a value that a later equal key replaces is a SyntaxError too', () => {
    const text = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"a":1.0}`;
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test('Brackets in strings are no nesting, also after escaped quotes and backslashes', () => {
    const text = JSON.stringify(['[{'.repeat(600), '\\', `"${'['.repeat(600)}`, '\\"', '['.repeat(600)]);
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  // A search that goes back over them overflows the stack or does not end.
  test('Texts of up to 20 MB that look like numbers over and over are parsed as JSON.parse does', () => {
    for (const text of [
      `["${':1'.repeat(1e7)}"]`,
      `["${', 1'.repeat(7e6)}"]`,
      `[":${'1'.repeat(1e7)}x"]`,
      `["${'\\"'.repeat(1e7)}"]`,
    ]) {
      const isSame = JSON.stringify(parseJson(text)) === text;
      expect(isSame).toBe(true);
    }
  });
});

describe('Writing JSON', () => {
  test('A bigint is written as its digits', () => {
    expect(stringifyJson({ version: 9223372036854775807n, list: [1n, 2] })).toBe(
      '{"version":9223372036854775807,"list":[1,2]}',
    );
  });

  test('A value without bigints or unusual numbers is written as JSON.stringify writes it', () => {
    const value = {
      a: undefined,
      b: [undefined, Number.NaN, new Date(0)],
      c: '\u2028"',
      d: { isLosslessNumber: true, value: '1' },
    };
    expect(stringifyJson(value)).toBe(JSON.stringify(value));
  });

  test('What has no JSON form is a TypeError', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => stringifyJson(undefined)).toThrow(TypeError);
    expect(() => stringifyJson(cycle)).toThrow(TypeError);
  });
});

describe('Measuring depth', () => {
  test('A scalar has no level, an empty array one, and brackets in a string are none', () => {
    expect(nestsDeeper('"x"', 0)).toBe(false);
    expect(nestsDeeper('1.0', 0)).toBe(false);
    expect(nestsDeeper('[]', 0)).toBe(true);
    expect(nestsDeeper('[]', 1)).toBe(false);
    expect(nestsDeeper(' {"a": [1, {"b": 1.0, "c": "[{[{[{\\"[{"}]} ', 3)).toBe(false);
    expect(nestsDeeper(' {"a": [1, {"b": []}]} ', 3)).toBe(true);
  });

  test('A million levels are measured without overflowing the stack', () => {
    const deep = '['.repeat(1e6) + ']'.repeat(1e6);
    expect(nestsDeeper(deep, 999_999)).toBe(true);
    expect(nestsDeeper(deep, 1_000_000)).toBe(false);
  });

  test('Levels count in a member that an equal key replaces, too', () => {
    expect(nestsDeeper('{"a": [[]], "a": 1}', 2)).toBe(true);
    expect(() => parseJson('{"a": [[]], "a": 1}', 2)).toThrow(/nests deeper than 2 levels/);
  });
});
