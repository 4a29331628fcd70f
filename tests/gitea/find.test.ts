/** How the tests come by their Gitea. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { buildGitea } from '../support/gitea/build.ts';
import { cachedGitea, findGitea } from '../support/gitea/find.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeOnGitea } from './describe-on-gitea.ts';

const log = (): void => undefined;

/** As the real one, of a program that says nothing. */
const build: typeof buildGitea = async ({ folder }) => {
  const whole = join(folder, 'whole');
  mkdirSync(whole);
  writeFileSync(join(whole, 'gitea'), '#!/bin/sh\n', { mode: 0o755 });
  return whole;
};
const incoming = (cacheDir: string): readonly string[] =>
  readdirSync(cacheDir).filter((name) => name.includes('.incoming-'));

it('builds once, however many ask at the same time', async () => {
  const cacheDir = temporaryFolder();
  let builds = 0;
  const counted: typeof buildGitea = async (request) => {
    builds += 1;
    return build(request);
  };
  const ask = () => findGitea({ log, cacheDir, build: counted });

  const found = await Promise.all([ask(), ask(), ask()]);

  expect(builds).toBe(1);
  expect(new Set(found)).toEqual(new Set([cachedGitea(cacheDir)]));
  expect(incoming(cacheDir)).toEqual([]);
});

it('keeps nothing of a build that failed half way, nor of one that was killed', async () => {
  const cacheDir = temporaryFolder();
  let place = '';
  const failing: typeof buildGitea = async (request) => {
    place = request.folder;
    await build(request);
    throw new Error('The linker ran out of memory.');
  };

  await expect(findGitea({ log, cacheDir, build: failing })).rejects.toThrow('out of memory');
  expect(existsSync(place)).toBe(false);
  expect(cachedGitea(cacheDir)).toBeUndefined();

  // Nobody had the time to tidy up.
  mkdirSync(join(place, 'whole'), { recursive: true });
  await findGitea({ log, cacheDir, build });
  expect(incoming(cacheDir)).toEqual([]);
  expect(cachedGitea(cacheDir)).toBeDefined();
});

describeOnGitea('the pinned module', () => {
  it('is not built when it is another one than was pinned', async () => {
    const folder = temporaryFolder();
    const other = 'h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

    await expect(buildGitea({ folder, log, sum: other })).rejects.toThrow(/has the sum h1:.* not h1:AAAA/);
    expect(existsSync(join(folder, 'whole', 'gitea'))).toBe(false);
  });
});
