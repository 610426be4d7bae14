import { AnswerCache, RecordJsonCache } from '../../src/graphql/compiled/record-json-cache.js';

const writer = {};

test('Texts written lately are known again in the same revision, and those of long ago forgotten', () => {
  // Of the largest texts that are kept, the cache holds 1,584 with what it notes beside each.
  const large = 'x'.repeat(20_000);
  const cache = new RecordJsonCache();
  const isKnown = (id: string, revision = 1) => new AnswerCache(cache, [writer]).has(id, revision);
  const write = (id: string) => [1, 2].forEach(() => cache.put(id, 1, writer, large));
  write('first');
  write('second');
  expect([isKnown('first', 2), isKnown('first'), isKnown('second')]).toEqual([false, true, true]);
  for (let number = 0; number < 1_583; number++) write(`other ${number}`);
  expect([isKnown('first'), isKnown('second')]).toEqual([false, true]);
});

test('What an answer knows of a record stays at hand for it, whatever becomes of the record', () => {
  const cache = new RecordJsonCache();
  const write = (revision: number, text: string) => [1, 2].forEach(() => cache.put('record', revision, writer, text));
  write(1, 'before');
  const answer = new AnswerCache(cache, [writer]);
  expect(answer.has('record', 1)).toBe(true);
  write(2, 'after');
  expect(new AnswerCache(cache, [writer]).get('record', 2, writer)).toBe('after');
  expect(answer.get('record', 1, writer)).toBe('before');
});
