import { describe, expect, test } from 'vitest';
import { clearList, nextSort, readList, writeParams } from './url';

const params = (text: string) => new URLSearchParams(text);

describe('a list in the address', () => {
  test.each([
    ['severity=high,critical&q=ssl&sort=-cvss&open=CVE-1&tab=fix', '', { q: 'ssl', sort: '-cvss', filters: { severity: 'high,critical' } }],
    ['', '', { q: '', sort: null, filters: {} }],
    ['severity=&kev=true', '', { q: '', sort: null, filters: { kev: 'true' } }],
    ['severity=high&i.state=open&i.q=shop', 'i.', { q: 'shop', sort: null, filters: { state: 'open' } }],
    ['severity=high&i.state=open&i.q=shop', '', { q: '', sort: null, filters: { severity: 'high' } }],
  ])('%s with prefix "%s"', (address, prefix, want) => {
    expect(readList(params(address), prefix)).toEqual(want);
  });

  test('what is written is read, what is empty is gone, what is foreign stays', () => {
    const written = writeParams(params('open=CVE-1&severity=low'), { severity: 'high', q: 'a&b=c', kev: null, fixable: '' });
    expect(readList(written)).toEqual({ q: 'a&b=c', sort: null, filters: { severity: 'high' } });
    expect(written.get('open')).toBe('CVE-1');
  });

  test('clearing leaves the sort, the panel and other lists', () => {
    expect(clearList(params('severity=low&q=x&sort=id&open=CVE-1&i.state=open')).toString()).toBe('sort=id&open=CVE-1&i.state=open');
    expect(clearList(params('severity=low&i.state=open&i.q=y'), 'i.').toString()).toBe('severity=low');
  });
});

test('sorting goes down, up, and back to the server’s own order', () => {
  expect(nextSort(null, 'cvss')).toBe('-cvss');
  expect(nextSort('-cvss', 'cvss')).toBe('cvss');
  expect(nextSort('cvss', 'cvss')).toBeNull();
  expect(nextSort('id', 'cvss')).toBe('-cvss');
});
