import { describe, expect, test } from 'vitest';
import { bytes, day, duration, moment, percent, purlName, relative, shortDigest, sum } from './format';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [31_457_280, '30.0 MiB'],
  [450_000_000, '429 MiB'],
  [5e12, '4.55 TiB'],
])('%d bytes', (count, want) => expect(bytes(count)).toBe(want));

describe('times', () => {
  const time = '2026-11-24T22:17:31.000Z';
  const now = new Date(time).getTime();
  test('carry their zone', () => {
    expect(moment(time, 'en', 'UTC')).toBe('Nov 24, 2026, 22:17 UTC');
    expect(moment(time, 'zh-CN', 'Asia/Shanghai')).toContain('GMT+8');
    expect(day(time, 'en', 'UTC')).toBe('Nov 24, 2026');
  });
  test('that are none are shown as they came', () => expect(moment('soon', 'en')).toBe('soon'));
  test.each([
    ['2026-11-24T19:17:31Z', '3 hours ago', '3小时前'],
    ['2026-11-29T22:17:31Z', 'in 5 days', '5天后'],
    ['2026-11-24T22:17:10Z', 'now', '现在'],
  ])('%s from now', (then, english, chinese) => {
    expect(relative(then, now, 'en')).toBe(english);
    expect(relative(then, now, 'zh-CN')).toBe(chinese);
  });
});

test.each([
  [0, '1 sec'],
  [45, '45 sec'],
  [600, '10 min'],
  [7260, '2 hr 1 min'],
  [3600, '1 hr'],
  [220_000, '3 days'],
])('%d seconds', (seconds, want) => expect(duration(seconds, 'en')).toBe(want));

test.each([
  [0.9731, '97.3 %'],
  [0.0009, '0.09 %'],
  [0, '0.0 %'],
  [1, '100.0 %'],
])('a share of %d', (share, want) => expect(percent(share)).toBe(want));

test.each([
  ['pkg:deb/debian/openssl@3.0.1?arch=amd64', 'openssl'],
  ['pkg:npm/%40angular/core@17.0.0', '@angular/core'],
  ['pkg:maven/org.apache.logging.log4j/log4j-core@2.14', 'org.apache.logging.log4j/log4j-core'],
  ['pkg:golang/github.com/a/b@v1.2.3', 'github.com/a/b'],
  ['pkg:pypi/requests', 'requests'],
  ['pkg:npm/%zz@1', '%zz'],
  ['not a purl', 'not a purl'],
])('%s is called', (purl, want) => expect(purlName(purl)).toBe(want));

test('digests are cut to what tells them apart', () => {
  expect(shortDigest(`sha256:${'ab12'.repeat(16)}`)).toBe('sha256:ab12ab12ab12');
  expect(shortDigest('odd')).toBe('odd');
});

test('counts of nothing are nothing', () => {
  expect(sum(undefined)).toBe(0);
  expect(sum({ high: 2, low: 3 })).toBe(5);
});
