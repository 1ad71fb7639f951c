import { expect, test } from 'vitest';
import { ceiling, readDay } from './trend';

test('a day is the sum over all kinds, by severity', () => {
  const risks = { vulnerability: { high: 2, low: 1 }, secret: { high: 3 } };
  const want = { day: '2026-11-24', counts: { high: 5, low: 1 }, total: 6 };
  expect(readDay({ day: '2026-11-24', numbers: { risks } })).toEqual(want);
  expect(readDay({ day: '2026-11-24', numbers: { overview: { risks } } })).toEqual(want);
});

test.each([null, 7, {}, { risks: null }, { risks: { vulnerability: 3 } }])('a day of %j is empty', (numbers) => {
  expect(readDay({ day: 'd', numbers }).total).toBe(0);
});

test.each([[0, 5], [5, 5], [6, 10], [23, 25], [4700, 5000], [99_999, 100_000]])('the axis for %d ends at %d', (value, want) => {
  expect(ceiling(value)).toBe(want);
});
