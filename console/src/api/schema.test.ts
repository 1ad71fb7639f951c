import { readFileSync } from 'node:fs';
import openapi, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, test } from 'vitest';

test('the types are those of openapi.json: `npm run types` renews them', { timeout: 120_000 }, async () => {
  const contract = new URL('../../../crates/plimsoll-server/openapi.json', import.meta.url);
  const types = await openapi(contract, { defaultNonNullable: false });
  expect(readFileSync(new URL('schema.ts', import.meta.url), 'utf8') === `${COMMENT_HEADER}${astToString(types)}`).toBe(true);
});
