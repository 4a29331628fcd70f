/** One git process: what it leaves in memory, and what becomes of its output. */
import { execFile, execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '../../../activities/git/simple-git/command.ts';
import { git } from './support.ts';

describe('a git command', () => {
  it('keeps nothing of the activity that ran it', async () => {
    const script = fileURLToPath(new URL('command-memory.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-warnings', script]);
    expect(JSON.parse(stdout)).toEqual({ made: 30, alive: 0 });
  });
});

describe('a git command that would take for ever', () => {
  let root: string;
  let repository: string;
  const run = createRunner({ env: process.env, onCommand: undefined });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'phasewright slow '));
    repository = join(root, 'repo');
    mkdirSync(repository);
    git(repository, 'init', '-q', '--bare');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function pipe(...path: readonly string[]): string {
    const file = join(root, ...path);
    execFileSync('mkfifo', [file]);
    return file;
  }
  /** Opens for writing without waiting: refused when nobody reads, or waits to. */
  function hasReader(file: string): boolean {
    try {
      closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
      return true;
    } catch {
      return false;
    }
  }
  const slow = (verb: string, ...args: readonly string[]) =>
    run({ verb, args, cwd: repository, gitDir: repository, timeoutMs: 400 }).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('is stopped, with a sentence', async () => {
    const file = pipe('repo', 'packed-refs');

    expect(await slow('for-each-ref')).toMatchObject({
      code: 'GitFailed',
      message: expect.stringMatching(
        /^git for-each-ref did not end within 400ms and was stopped\. .*named pipe/,
      ),
    });
    expect(hasReader(file)).toBe(false);
  });

  it('is stopped with the programs that it started', async () => {
    git(root, 'init', '-q', '--bare', 'other');
    const file = pipe('other', 'packed-refs');

    expect(await slow('fetch', join(root, 'other'))).toMatchObject({
      message: expect.stringContaining('git fetch did not end'),
    });
    expect(hasReader(file)).toBe(false);
  });

  it('is stopped although it takes no notice of signals', async () => {
    const bin = join(root, 'bin');
    const file = pipe('pipe');
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\ntrap '' INT TERM HUP\ncat '${file}'\n`, { mode: 0o755 });
    const deaf = createRunner({ env: { PATH: `${bin}:${process.env['PATH']}` }, onCommand: undefined });

    await expect(
      deaf({ verb: 'status', args: [], cwd: root, gitDir: null, timeoutMs: 400 }),
    ).rejects.toMatchObject({
      code: 'GitFailed',
      message: expect.stringContaining('git status did not end'),
    });
    expect(hasReader(file)).toBe(false);
  });
});
