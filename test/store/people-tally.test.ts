import fc from 'fast-check';
import { PeopleTally } from '../../src/store/rows/people-tally.js';

const count = fc.integer({ min: -(2 ** 45), max: 2 ** 45 });

test('A tally that is kept as bytes and added to others tells what all were given, however large the numbers', () => {
  const entry = fc.tuple(fc.nat({ max: 20_000 }), count, count);
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 8 }), { minLength: 1, maxLength: 3 }), (parts) => {
      const whole = new PeopleTally(2);
      const wanted = new Map<number, [number, number]>();
      for (const part of parts) {
        const tally = new PeopleTally(2);
        for (const [person, ...values] of part) {
          tally.add(person, values);
          const [one, other] = wanted.get(person) ?? [0, 0];
          wanted.set(person, [one + values[0], other + values[1]]);
        }
        whole.addBytes(tally.toBytes());
      }
      for (const [person, values] of wanted) expect([whole.of(person, 0), whole.of(person, 1)]).toEqual(values);
      const there = [...wanted].filter(([, values]) => values.some((value) => value !== 0));
      expect(whole.people()).toEqual(there.map(([person]) => person).sort((a, b) => a - b));
    }),
    { numRuns: 40 },
  );
});
