import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isWord, translate } from '.';
import { type Word, words } from './words';

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

test.each(Object.entries(words))('%s is said in both languages, with the same values', (_, [english, chinese]) => {
  expect(english.trim()).not.toBe('');
  expect(chinese.trim()).not.toBe('');
  const wanted = new Set(english.split('|').flatMap(holes));
  const given = new Set(holes(chinese));
  expect([...given].filter((name) => !wanted.has(name))).toEqual([]);
  expect([...wanted].filter((name) => !given.has(name))).toEqual([]);
  expect(chinese).not.toContain('|');
});

test('English counts', () => {
  expect(translate('en', 'n.images', { n: 1 })).toBe('1 image');
  expect(translate('en', 'n.images', { n: 1200 })).toBe('1,200 images');
  expect(translate('zh-CN', 'n.images', { n: 1200 })).toBe('1,200 个镜像');
});

/** Every source file but tests. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.|words/.test(path) ? [path] : [];
  });
}

test('every word is used: by its name, or as one of a family', () => {
  const text = sources(join(import.meta.dirname, '..')).map((path) => readFileSync(path, 'utf8')).join('\n');
  const families = new Set([...text.matchAll(/say\('([\w-]+)'/g), ...text.matchAll(/options\('([\w-]+)'/g), ...text.matchAll(/family="([\w-]+)"/g), ...text.matchAll(/`([\w-]+(?:\.[\w-]+)*)\.\$\{/g)].map(([, family]) => family));
  const unused = Object.keys(words).filter((word) => !text.includes(`'${word}'`) && !families.has(word.replace(/\.[^.]*$/, '')));
  expect(unused).toEqual([]);
});

test('the server’s words are looked up, unknown ones shown as they are', () => {
  expect(isWord('severity.high')).toBe(true);
  expect(isWord('severity.dreadful')).toBe(false);
  expect(isWord('toString')).toBe(false);
  expect(translate('en', 'severity.high' satisfies Word)).toBe('High');
});
