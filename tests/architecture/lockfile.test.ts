/** `npm ci` refuses a lockfile that lacks optional packages, and a registry that is named in it may not be yours. */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { complete, type Lockfile, missingOptionals, platformOf } from '../support/complete-lockfile.ts';

const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
const lockfile = JSON.parse(text) as Lockfile;

it('holds every optional package of every platform', () => {
  expect(Object.keys(lockfile.packages).length).toBeGreaterThan(400);
  expect(missingOptionals(lockfile)).toEqual([]);
});

it('names no registry', () => {
  expect(text).not.toContain('"resolved"');
});

it('would notice one that is missing, and can add it', () => {
  const broken: Lockfile = {
    packages: {
      'node_modules/tool': { dev: true, optionalDependencies: { '@tool/linux-arm64-musl': '1.2.3' } },
    },
  };
  expect(missingOptionals(broken)).toEqual([{ name: '@tool/linux-arm64-musl', range: '1.2.3', dev: true }]);
  expect(complete(broken)).toBe(1);
  expect(broken.packages['node_modules/@tool/linux-arm64-musl']).toEqual({
    version: '1.2.3',
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  });
  expect(missingOptionals(broken)).toEqual([]);
});

it('reads the platform from a name', () => {
  expect(platformOf('@x/binding-win32-x64-msvc')).toEqual({ os: ['win32'], cpu: ['x64'] });
  expect(platformOf('@x/linux-arm-gnueabihf')).toEqual({ os: ['linux'], cpu: ['arm'] });
  expect(platformOf('fsevents')).toEqual({ os: ['darwin'] });
});
