import { expect, test } from 'vitest';
import { expiryOf, readExpiry } from './expiry';
import { readScope, type ScopeDraft, scopeOf } from './scope';
import { countOf, filtersOn, riskPage, tabOf, TABS } from './tabs';

test.each([
  [{ mode: 'never', day: '' }, {}],
  [{ mode: '30', day: '' }, { days: 30 }],
  [{ mode: 'fixable', day: '' }, { when_fixable: true }],
  [{ mode: 'day', day: '2027-01-31' }, { at: '2027-01-31T23:59:59Z' }],
  [{ mode: 'day', day: '' }, {}],
])('%j ends', (draft, want) => expect(expiryOf(draft)).toEqual(want));

test('an end that is read is the end that is written', () => {
  for (const expires of [{}, { when_fixable: true }, { at: '2027-01-31T23:59:59Z' }]) expect(expiryOf(readExpiry(expires))).toEqual(expires);
});

test('a scope begins with the image at hand, else with all', () => {
  expect(scopeOf(readScope(undefined, 'i1'), 'i1')).toEqual({ images: ['i1'] });
  expect(scopeOf(readScope(undefined, undefined), undefined)).toEqual({ all: true });
});

test.each([
  [{ all: true }],
  [{ sources: ['local' as const] }],
  [{ registry_kinds: ['harbor' as const] }],
  [{ registries: ['r1'] }],
  [{ repositories: ['team/*', 'team/app:1.*'] }],
  [{ images: ['i1', 'i2'] }],
])('%j is written as it was read', (scope) => {
  expect(scopeOf(readScope(scope, undefined), undefined)).toEqual(scope);
});

test('repositories are lines without blanks', () => {
  const draft: ScopeDraft = { ...readScope(undefined, undefined), mode: 'repositories', repositories: ' a/* \n\n b ' };
  expect(scopeOf(draft, undefined)).toEqual({ repositories: ['a/*', 'b'] });
});

test('a risk has a page whatever its id holds', () => {
  expect(riskPage('CVE-2024-3094')).toBe('/risk/CVE-2024-3094');
  expect(riskPage('secret:a/b.c')).toBe('/risk/secret%3Aa%2Fb%2Ec');
});

test('filters that a tab does not know stay behind', () => {
  const filters = { q: 'ssl', kev: 'true', category: 'cloud', severity: 'high' };
  expect(filtersOn(TABS[0], filters)).toEqual({ q: 'ssl', kev: 'true', severity: 'high' });
  expect(filtersOn(TABS[2], filters)).toEqual({ q: 'ssl', category: 'cloud', severity: 'high' });
});

test('tabs count what they show, and every kind has one', () => {
  const facets = { kind: { vulnerability: 9, configuration: 3, 'weak-password': 1 }, class: { system: 7, application: 4 } };
  const counts = Object.fromEntries(TABS.map((tab) => [tab.key, countOf(tab, facets)]));
  expect(counts).toEqual({ system: 7, application: 4, malicious: 0, settings: 4, secrets: 0, compliance: 0, bases: 0 });
  expect(countOf(TABS[0] as (typeof TABS)[number], undefined)).toBeUndefined();
  expect(tabOf('vulnerability', 'application')).toBe('/risks/application');
  expect(tabOf('weak-password')).toBe('/risks/settings/weak-password');
  expect(tabOf('secret')).toBe('/risks/secrets');
});
