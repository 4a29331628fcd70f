/** That the search for secrets finds what there is to find: otherwise that it finds nothing would say nothing. */
import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, formsOf, objectsOf, searchFor, textsIn } from './canaries.ts';
import { git } from './git.ts';
import { temporaryFolder } from './temporary-folder.ts';

const secret = `ghp_${randomBytes(27).toString('base64url')}`;
const search = searchFor({ secret });

it.each(formsOf(secret))('finds a secret: %s', (_form, text) => {
  expect(search.in(`before ${text} after`)).not.toEqual([]);
  expect(search.in(`cut ${text.slice(-15, -3)}`)).not.toEqual([]);
});

it('finds every line of a key, and not what all keys have', () => {
  const lines = [randomBytes(48).toString('base64'), randomBytes(48).toString('base64')];
  const key = searchFor({
    key: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`,
  });

  for (const line of lines) expect(key.in(`> ${line}`)).toEqual(['key (plain)']);
  expect(key.in('-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----')).toEqual([]);
});

it('finds nothing in other text', () => {
  expect(search.in(randomBytes(100_000).toString('base64'))).toEqual([]);
});

it('finds it in a payload, whose bytes are not text until they are read', () => {
  const failure = {
    message: 'no',
    cause: { encodedAttributes: { data: Buffer.from(`{"note":"${secret}"}`) } },
  };

  expect(search.in(JSON.stringify({ message: 'no' }))).toEqual([]);
  expect(search.in(textsIn({ events: [{ failure }] }))).toEqual(['secret (plain)']);
});

describe('on the disk', () => {
  const folder = temporaryFolder();
  const inFiles = () => [...filesBelow(folder)].flatMap(({ text }) => search.in(text));

  it('finds it in a hidden file deep down', () => {
    mkdirSync(join(folder, 'a', '.b'), { recursive: true });
    writeFileSync(join(folder, 'a', '.b', '.c'), Buffer.from([0, 255, ...Buffer.from(secret), 0]));

    expect(inFiles()).toEqual(['secret (plain)']);
    writeFileSync(join(folder, 'a', '.b', '.c'), '');
  });

  it('finds it in a repository, where it is packed', () => {
    git(folder, 'init', '-q');
    writeFileSync(join(folder, 'file.txt'), `${secret}\n`.repeat(3));
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'Add a file');
    execFileSync('git', ['gc', '-q'], { cwd: folder });
    writeFileSync(join(folder, 'file.txt'), '');

    expect(inFiles()).toEqual([]);
    expect(search.in(objectsOf(join(folder, '.git')))).toEqual(['secret (plain)']);
  });
});
