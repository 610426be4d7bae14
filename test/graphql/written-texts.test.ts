import { KnownTexts, WrittenTexts } from '../../src/graphql/compiled/written-texts.js';

test('Texts written lately are known again in the same revision, and those of long ago forgotten', () => {
  const megabyte = 'x'.repeat(1_000_000);
  const texts = new WrittenTexts().ofOne();
  const isKnown = (id: string, revision = 1) => new KnownTexts([texts]).isKnown(id, revision);
  const write = (id: string) => [1, 2].map(() => texts.findOrWrite(id, 1, () => megabyte));
  write('first');
  write('second');
  expect([isKnown('first', 2), isKnown('first'), isKnown('second')]).toEqual([false, true, true]);
  for (let number = 0; number < 30; number++) write(`other ${number}`);
  expect([isKnown('first'), isKnown('second')]).toEqual([false, true]);
});

test('What an answer knows of a record stays at hand for it, whatever becomes of the record', () => {
  const texts = new WrittenTexts().ofOne();
  const write = (revision: number, text: string) =>
    [1, 2].map(() => texts.findOrWrite('record', revision, () => text)).at(-1);
  write(1, 'before');
  const known = new KnownTexts([texts]);
  expect(known.isKnown('record', 1)).toBe(true);
  expect(write(2, 'after')).toBe('after');
  expect(known.textOf(texts, 'record')).toBe('before');
});
