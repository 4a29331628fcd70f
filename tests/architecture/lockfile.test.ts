/**
 * The lockfile: whole for every platform, with the content of each package fixed, and at home in any registry. What makes it so, after
 * a change of package.json: `npm install --package-lock-only --omit-lockfile-registry-resolved`, at a registry that has all.
 */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type Lockfile, missingOptionals, withoutIntegrity } from '../support/lockfile.ts';

const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
const lockfile = JSON.parse(text) as Lockfile;

it('holds every optional package of every platform', () => {
  expect(Object.keys(lockfile.packages).length).toBeGreaterThan(400);
  expect(missingOptionals(lockfile)).toEqual([]);
});

it('says what is in every package', () => {
  expect(withoutIntegrity(lockfile)).toEqual([]);
});

it('names no registry, no other place and no link', () => {
  expect(text).not.toMatch(/"(?:resolved|link)"/);
});

it('would notice what is missing', () => {
  const integrity = `sha512-${'a'.repeat(86)}==`;
  const broken: Lockfile = {
    packages: {
      '': {},
      'node_modules/tool': {
        integrity,
        optionalDependencies: { '@tool/linux': '1.2.3', '@tool/darwin': '1.2.3' },
      },
      'node_modules/@tool/darwin': {},
      'node_modules/weak': { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    },
  };

  expect(missingOptionals(broken)).toEqual(["'node_modules/tool' may need '@tool/linux', which is missing."]);
  expect(withoutIntegrity(broken)).toEqual([
    "'node_modules/@tool/darwin' has no SHA-512 of its content.",
    "'node_modules/weak' has no SHA-512 of its content.",
  ]);
});
