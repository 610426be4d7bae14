import fc from 'fast-check';
import { splitJsonValues } from '../../src/cli/json-values.js';

interface Item {
  text?: string;
  error?: string;
  line: number;
}

async function* stream(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield chunk;
}

async function split(input: string | Uint8Array[], maxBytes?: number): Promise<Item[]> {
  const items: Item[] = [];
  const chunks = typeof input === 'string' ? [Buffer.from(input)] : input;
  for await (const item of splitJsonValues(stream(chunks), { maxBytes })) items.push(item);
  return items;
}

const texts = async (input: string): Promise<(string | undefined)[]> => (await split(input)).map((item) => item.text);
const record = { id: 'ä"\\[{,', people: [{ name: 'Zoë 🙂' }, {}, []], note: 'a\nb' };
const anyRecord = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 });
const anyLayout = fc.constantFrom('ndjson', 'pretty', 'glued', 'array', 'pretty array');

function layOut(records: unknown[], layout: string): string {
  if (layout === 'array') return JSON.stringify(records);
  if (layout === 'pretty array') return `\n${JSON.stringify(records, null, 2)}\n`;
  const documents = records.map((each) => JSON.stringify(each, null, layout === 'pretty' ? 2 : 0));
  return documents.join(layout === 'glued' ? '' : '\r\n');
}

/** Cuts the bytes at the given places, wherever those lie, also in the midst of a character. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('The values of a stream', () => {
  test('Each line of NDJSON is a value with its line number; blank lines are passed over', async () => {
    expect(await split('\n{"a":1}\r\n\n \t\n{"a":2}\nnull\n[3]')).toEqual([
      { text: '{"a":1}', line: 2 },
      { text: '{"a":2}', line: 5 },
      { text: 'null', line: 6 },
      { text: '[3]', line: 7 },
    ]);
  });

  test('A broken line of NDJSON is yielded as it is, and so are the lines after it', async () => {
    expect(await texts('{"a":1}\n{"a": "x\n}{\n{"a":2}\n')).toEqual(['{"a":1}', '{"a": "x', '}{', '{"a":2}']);
    expect(await texts('{"a": "x\n{"a":2}\n')).toEqual(['{"a": "x', '{"a":2}']);
    expect(await texts('not JSON\n{"a":2}\n')).toEqual(['not JSON', '{"a":2}']);
  });

  test('Pretty-printed documents are values with the line they start on', async () => {
    const pretty = JSON.stringify(record, null, 2);
    const height = pretty.split('\n').length;
    const items = await split(`\n${pretty}\n\n${pretty}  [1,\n2] 3 "x"\n`);
    expect(items.map((item) => item.line)).toEqual([2, height + 3, 2 * height + 2, 2 * height + 3, 2 * height + 3]);
    expect(items.map((item) => JSON.parse(item.text ?? ''))).toEqual([record, record, [1, 2], 3, 'x']);
  });

  test('Several documents on the first line are so many values', async () => {
    expect(await texts('{"a":1}{"a":2} {"a":3}')).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
  });

  test('The elements of an array are the values, whatever the layout', async () => {
    expect(await split('\n [{"a":[1,2]} ,\n"x,]" , 3\n,{}]\n')).toEqual([
      { text: '{"a":[1,2]}', line: 2 },
      { text: '"x,]"', line: 3 },
      { text: '3', line: 3 },
      { text: '{}', line: 4 },
    ]);
    expect(await split('[]')).toEqual([]);
    expect(await texts('[1,2]\n[3]')).toEqual(['1', '2', '3']);
  });

  test.each(['', ' \n\n', '\uFEFF'])('The stream %j has no values', async (input) =>
    expect(await split(input)).toEqual([]),
  );

  test('A byte order mark at the start is passed over in each of the forms', async () => {
    expect(await texts('\uFEFF{"a":1}\n{"a":2}')).toEqual(['{"a":1}', '{"a":2}']);
    expect(await texts('\uFEFF[1,2]')).toEqual(['1', '2']);
    expect(await texts('\uFEFF{\n}{}')).toEqual(['{\n}', '{}']);
  });

  test.each([
    ['NDJSON', '\uFEFF{"a":1}\n{"a":2}\n\uFEFF{"a":3}\n', 3],
    ['NDJSON without a line end at the end', '\uFEFF{"a":1}\n{"a":"\uFEFF"}\uFEFF{"a":3}\n{"a":4}', 4],
    ['documents', '\uFEFF{\n"a":1}\uFEFF{\n"a":"\uFEFF"}\n\uFEFF{}', 3],
    ['arrays', '\uFEFF[{"a":1}]\n\uFEFF[{"a":"\uFEFF"},{}]\uFEFF{"a":4}', 4],
    ['a document that is cut off, and another one', '{\n"a":{"b":1\n\uFEFF{\n"a":2\n}', 2],
  ])('Byte order marks between files that were joined are passed over: %s', async (_form, input, count) => {
    const items = await split(input);
    expect(items).toHaveLength(count);
    for (const { text, error } of items) expect(error ?? JSON.parse(text ?? '')).toBeTruthy();
    expect(await split(Array.from(Buffer.from(input), (byte) => Buffer.from([byte])))).toEqual(items);
  });

  test.each(['little', 'big'])(
    'UTF-16, %s-endian, is read as UTF-8 is, with a byte order mark or without',
    async (order) => {
      const inputs = [
        '{"a":"é🙂"}\r\n{"a":2}\r\n',
        '{\n"a":"é🙂"}\n{\n"b":1}',
        '[{"a":1},\n{"b":"🙂"}]\n',
        '[]',
        '{"a":"',
      ];
      for (const input of inputs) {
        for (const mark of ['\uFEFF', '']) {
          const bytes = Buffer.from(`${mark}${input}`, 'utf16le');
          if (order === 'big') bytes.swap16();
          const expected = await split(input);
          expect(await split([bytes])).toEqual(expected);
          expect(await split(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(expected);
        }
      }
    },
  );

  test('Any records come back equal in any layout, wherever the stream is cut', async () => {
    const chunking = fc.array(fc.nat(), { maxLength: 30 });
    const property = fc.asyncProperty(fc.array(anyRecord), anyLayout, chunking, async (others, layout, places) => {
      // An empty document has one line also when pretty-printed, and a first line that is a value means NDJSON.
      const records = [record, ...others];
      const bytes = Buffer.from(layOut(records, layout));
      const items = await split(cut(bytes, places));
      expect(items.map((item) => JSON.parse(item.text ?? ''))).toEqual(
        records.map((each) => JSON.parse(JSON.stringify(each))),
      );
      expect(items).toEqual(await split([bytes]));
    });
    await fc.assert(property, { numRuns: 1000 });
  });

  test('Any bytes at all give the same items, wherever the stream is cut', async () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      '\n',
      '\r\n',
      ' ',
      '1',
      'é',
      '🙂',
      '\uFEFF',
      '\xff',
      '"a":',
    );
    const property = fc.asyncProperty(
      fc.array(token),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (tokens, latin, max) => {
        const bytes = Buffer.from(tokens.join(''), latin ? 'latin1' : 'utf8');
        const single = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
        for (const limit of [max, undefined]) expect(await split(single, limit)).toEqual(await split([bytes], limit));
      },
    );
    await fc.assert(property, { numRuns: 2000 });
  });

  test('A producer may reuse the memory of its chunks', async () => {
    const memory = Buffer.alloc(5);
    async function* reusing(): AsyncGenerator<Buffer> {
      const bytes = Buffer.from('[{"a":12345},{"a":6}]');
      for (let start = 0; start < bytes.length; start += 5) yield memory.subarray(0, bytes.copy(memory, 0, start));
    }
    const items: Item[] = [];
    for await (const item of splitJsonValues(reusing())) items.push(item);
    expect(items.map((item) => item.text)).toEqual(['{"a":12345}', '{"a":6}']);
  });
});

describe('What is wrong with a stream', () => {
  const truncated = 'ends in the middle of a value';

  test.each([
    ['{"a":1}\n{"a":', { error: truncated, line: 2 }],
    ['{"a":1}\n{"a":"x', { error: truncated, line: 2 }],
    ['{"a":"x', { error: truncated, line: 1 }],
    ['{\n"a":1}\n{\n"a":[1', { error: `${truncated}, on line 4`, line: 3 }],
    ['[{"a":1},\n{"a":"x', { error: truncated, line: 2 }],
    ['[{"a":1}\n', { error: 'ends before the ] that closes the array', line: 2 }],
    ['[{"a":1},,\n2]', { text: '2', line: 2 }],
    ['[{"a":1},\n]', { error: 'has a comma with no value beside it', line: 2 }],
    ['[{"a":1}]\nx', { error: 'has text after the end of the array', line: 2 }],
  ])('%j ends with the item %j, after the value before it', async (input, last) => {
    const items = await split(input);
    expect(items.at(-1)).toEqual(last);
    if (items.length > 1) expect(JSON.parse(items[0]?.text ?? '')).toEqual({ a: 1 });
  });

  test.each([
    ['NDJSON', '{"a":"ok"}\n{"a":"far too long"}\n{"a":2}\n', 2],
    ['NDJSON whose first line is too long', '{"a":"far too long"}\n{"a":1}\n{"a":2}\n', 1],
    ['documents', '{\n"a":1}\n{"a":"far too long"}\n{"a":2}', 3],
    ['an array', '[{"a":1},\n{"a":"far too long"},{"a":2}]', 2],
  ])(
    'In %s a value beyond the limit is an error item that advises NDJSON, and the next values follow',
    async (_, input, line) => {
      const items = await split(input, 12);
      expect(items).toHaveLength(3);
      expect(items.filter((item) => item.error)).toEqual([
        { error: expect.stringMatching(/12 bytes; use NDJSON/) as string, line },
      ]);
      expect(items.at(-1)?.text).toBe('{"a":2}');
      expect(
        await split(
          Array.from(Buffer.from(input), (byte) => Buffer.from([byte])),
          12,
        ),
      ).toEqual(items);
    },
  );

  test.each([
    ['{"a":1}\n{"a":"\xff"}\n{"a":3}', 2],
    ['{\n"a":1}\n{"a":"\xff"}\n{"a":3}', 3],
    ['[{"a":1},\n{"a":"\xff"}\n,{"a":3}]', 2],
  ])('Malformed UTF-8 in %j is an error item, and the next value follows', async (input, line) => {
    const items = await split([Buffer.from(input, 'latin1')]);
    expect(items).toHaveLength(3);
    expect(items[1]).toEqual({ error: 'is not valid UTF-8', line });
    expect(items[2]?.text).toBe('{"a":3}');
  });

  test('Malformed UTF-16 is an error item, and the next value follows', async () => {
    const bytes = Buffer.from('\uFEFF{"a":1}\n{"a":"\ud83d"}\n{"a":3}\n', 'utf16le');
    const items = await split([bytes]);
    expect(items).toEqual([
      { text: '{"a":1}', line: 1 },
      { error: 'is not valid UTF-16', line: 2 },
      { text: '{"a":3}', line: 3 },
    ]);
    expect(await split([bytes, Buffer.of(0x20)])).toEqual([...items, { error: 'is not valid UTF-16', line: 4 }]);
  });

  test('A line end in a string spoils its own value only', async () => {
    expect(await texts('[{"a":"x\n},{"a":2}]')).toEqual(['{"a":"x\n}', '{"a":2}']);
  });

  const unclosed = (line: number) => `is not closed where another value starts, on line ${line}`;

  test.each([
    ['a line that is cut off', '{"a":1,\n{"b":1}\n{"c":1}\n', [unclosed(2), '{"b":1}', '{"c":1}']],
    [
      'a document that ends between two members',
      '{\n "a": [\n  {},\n{\n "b": {\n  "x": [{}]\n }\n}\n{\n "c": 1\n}\n',
      [unclosed(9), '{\n "c": 1\n}'],
    ],
    [
      'a document that ends within a text',
      '{\n "a": {\n  "x": "ab{\r\n "b": 1\n}\n{\n "c": 1\n}',
      [unclosed(3), '{\n "b": 1\n}', '{\n "c": 1\n}'],
    ],
    ['an element that is not closed', '[{"a":1,\n{"b":1},\n{"c":1}]', [unclosed(2), '{"b":1}', '{"c":1}']],
    [
      'an array that is cut off',
      '[\n  {\n    "a": "x\n[\n  {"b":1},\n  {"c":1}\n]\n',
      [unclosed(4), '{"b":1}', '{"c":1}'],
    ],
    ['an array that is cut off within a text', '[\n  {\n    "a": "x[\n  {"b":1}]', [unclosed(3), '{"b":1}']],
    ['text between two arrays', '[1] x\n"y" [2]', ['1', 'has text after the end of the array', '2']],
    [
      'text between an array and a document',
      '[1] x\n{\n"b":1}\n{}',
      ['1', 'has text after the end of the array', '{\n"b":1}', '{}'],
    ],
  ])('After %s the values that follow are found, wherever the stream is cut', async (_, input, expected) => {
    const bytes = Buffer.from(input);
    const items = await split([bytes]);
    expect(items.map(({ text, error }) => text ?? error)).toEqual(expected);
    expect(await split(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(items);
  });

  test('What follows an array is split as it would be alone, with its lines in the stream', async () => {
    expect(await split('[1]\n\n{"a":1}\n{"a":\n[2]\n')).toEqual([
      { text: '1', line: 1 },
      { text: '{"a":1}', line: 3 },
      { text: '{"a":', line: 4 },
      { text: '[2]', line: 5 },
    ]);
  });

  test('A document may have objects of its own at the start of its lines', async () => {
    const page = '{"value":[\n{"a":1},\n{"a":\n{"b":[\n[1],\n{}\n]}}\n]}';
    expect(await texts(`${page}\n${page}`)).toEqual([page, page]);
    expect(await texts(`[\n${page},\n${page}]`)).toEqual([page, page]);
  });

  // One put together anew at each chunk would take minutes.
  test('A value may come in ten thousand chunks', async () => {
    const chunk = Buffer.from(`${'x'.repeat(4095)} `);
    const items = await split([Buffer.from('{"a":"'), ...Array<Buffer>(10_000).fill(chunk), Buffer.from('"}')]);
    expect(items[0]?.text).toHaveLength(40_960_008);
  });
});
