import { checkTicks, parseDateTime, readDateTime } from '../../src/domain/date-time.js';

describe('A date-time to be stored', () => {
  test.each([
    ['2026-06-02T10:15Z', '2026-06-02T10:15:00'],
    ['2026-06-02T12:15+02:00', '2026-06-02T10:15:00'],
    ['2026-06-02t10:15z', '2026-06-02T10:15:00'],
    ['2026-06-02T10:15:30.123456700Z', '2026-06-02T10:15:30.1234567'],
    ['2026-06-02T10:15:30.000000000Z', '2026-06-02T10:15:30'],
    [`2026-06-02T10:15:30.5${'0'.repeat(1_000_000)}Z`, '2026-06-02T10:15:30.5'],
  ])('%.40s is read', (text, utc) => expect(parseDateTime(text)).toBe(utc));

  test.each([
    ['2026-06-02T10:15:30.12345678Z', /^"2026-06-02T10:15:30\.12345678Z" is not .* other than zero beyond the seventh/],
    [`2026-06-02T10:15:30.${'0'.repeat(1_000_000)}1Z`, /other than zero beyond the seventh/],
    ['2026-06-02', /a date alone is no moment; write 2026-06-02T00:00:00Z/],
    ['2026-06-02T10:15', /its zone is missing; write 2026-06-02T10:15Z/],
    ['2026-06-02T10Z', /is a date-time with a zone and up to 7/],
    ['2026-06-02T24:00Z', /no such date or time/],
  ])('%.40s is refused', (text, message) => expect(() => parseDateTime(text)).toThrow(message));
});

test('A date-time to compare with keeps all its digits but zeros at the end', () => {
  expect(readDateTime('2026-06-02T12:15:30.12345678900+02:00')).toBe('2026-06-02T10:15:30.123456789');
  expect(checkTicks('2026-06-02T10:15:30.123456789')).toMatch(/beyond the seventh/);
  expect(checkTicks('2026-06-02T10:15:30.1234567')).toBeNull();
});
