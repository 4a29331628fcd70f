/** Repositories as people have them, each through a whole project: what landed, and what a fresh clone of it holds. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ProjectStatusView } from '../../domain/views/status.ts';
import { gatekeeper, implementerAfter, noApprovals, type Rig, startRig } from '../support/rig.ts';
import { runGit, signedBy } from '../support/git.ts';

const signed = { GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z', GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z' };
const git = (cwd: string, ...args: readonly string[]): string => runGit(cwd, args, { env: signed });

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** A branch to start from, of its own, with what these commands add. */
function base(name: string, commands: string): void {
  const person = join(rig.home, name);
  git(rig.home, 'clone', '-q', rig.repository, person);
  const env = {
    PATH: process.env['PATH'],
    HOME: person,
    GIT_CONFIG_NOSYSTEM: '1',
    ...signedBy('Pia', 'pia@example.org'),
  };
  execFileSync('/bin/sh', ['-ec', commands], { cwd: person, env, stdio: ['ignore', 'pipe', 'pipe'] });
  git(person, 'commit', '-q', '-m', 'What people have');
  git(person, 'push', '-q', 'origin', `HEAD:refs/heads/${name}`);
}

/** The agent runs this, and all that it leaves is to land. */
async function start(name: string, agentRuns: string, input: Readonly<Record<string, unknown>>) {
  const task = { ...implementerAfter(agentRuns), do: [{ run: agentRuns }] };
  rig.setEntries([task, gatekeeper]);
  const phases = [{ name: 'One', tasks: ['Do it'] }];
  return rig.start(rig.slug(name), {
    base: name,
    branch_prefix: `work-on-${name}`,
    phases,
    ...noApprovals,
    ...input,
  });
}

/** Names of what the project changed, and a fresh clone of what it made. */
function landed(name: string): { readonly files: readonly string[]; readonly clone: string } {
  const clone = join(rig.home, `${name}-fresh`);
  git(rig.home, 'clone', '-q', '--branch', name, rig.repository, clone);
  const files = git(clone, 'log', '-z', '--first-parent', '-1', '-m', '--name-only', '--format=');
  return { files: files.split('\0').filter((file) => file !== ''), clone };
}

it('with odd files gets what the agent changed and nothing else, and checks may look around and write', async () => {
  base(
    'odd',
    `printf 'one\\r\\ntwo\\r\\n' > dos.txt; printf '/* $Id: 0123 $ */\\n' > a.c
     printf 'x\\n' > "$(printf 'caf\\351.bin')"; echo v1 > lock.json; git add .
     printf '*.txt text eol=lf\\n*.c ident\\n' > .gitattributes; git add .gitattributes
     git tag -a v1.2.0 -m v1.2.0; git push -q origin v1.2.0`,
  );
  const handle = await start('odd', 'echo notes > PLAN.md; echo hello > new.md', {
    setup: ['mkdir -p deps && echo x > deps/index.js && echo v2 > lock.json'],
    checks: [
      'git describe --tags',
      'test "$(git remote get-url origin)" != "" && git rev-parse -q --verify origin/HEAD',
      'mkdir -p coverage && echo x > coverage/report && test -f deps/index.js',
    ],
  });
  expect(await handle.result()).toMatchObject({ status: 'done' });
  const { files, clone } = landed('odd');
  expect(files).toEqual(['new.md']);
  expect(git(clone, 'cat-file', 'blob', 'HEAD:dos.txt')).toBe('one\r\ntwo');
  expect(git(clone, '-c', 'core.quotePath=true', 'ls-files', 'caf*')).toBe(String.raw`"caf\351.bin"`);
  expect(readFileSync(join(clone, 'lock.json'), 'utf8')).toBe('v1\n');
});

// Where capitals are told apart.
(process.platform === 'linux' ? it : it.skip)(
  'takes names that other systems don’t, as its own git does',
  async () => {
    base('names', 'echo x > a.txt; git add .');
    const names = ['COPYING', 'a:b', 'aux.txt', 'con', 'copying', 'dot.', 'what?'];
    const handle = await start('names', names.map((name) => `echo '${name}' > '${name}'`).join('; '), {});
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(landed('names').files).toEqual(names);
  },
);

it('fails the checks where an agent leaves an ignored file that they need', async () => {
  base('ignored', 'echo lib/ > .gitignore; git add .');
  const handle = await start('ignored', 'mkdir -p lib; echo 42 > lib/value; echo lib/value > main', {
    checks: ['cat "$(cat main)"'],
    limits: { attempts: 1 },
  });
  const waits = ({ waitingFor }: ProjectStatusView) => waitingFor?.includes('lib/value') === true;
  const { waitingFor } = await rig.until<ProjectStatusView>(handle, 'a question', waits);
  expect(waitingFor).toContain('ChecksFailed');
  expect(rig.git('log', '--format=%s', 'ignored')).not.toContain('Do it');
  await handle.cancel();
});

it('with a submodule takes another commit of it, which the checks then have', async () => {
  const lib = join(rig.home, 'lib');
  git(rig.home, 'init', '-q', '-b', 'main', lib);
  for (const text of ['first', 'second']) {
    writeFileSync(join(lib, 'lib.txt'), `${text}\n`);
    git(lib, 'add', '-A');
    git(lib, 'commit', '-q', '-m', text);
  }
  base(
    'nested',
    `git -c protocol.file.allow=always submodule --quiet add ../lib libs/lib; git -C libs/lib checkout -q HEAD^; git add .`,
  );
  const update = 'git -c protocol.file.allow=always submodule --quiet update --init';
  const bump = 'grep first libs/lib/lib.txt && git -C libs/lib checkout -q origin/main';
  const handle = await start('nested', bump, { setup: [update], checks: ['grep second libs/lib/lib.txt'] });
  expect(await handle.result()).toMatchObject({ status: 'done' });
  const { files, clone } = landed('nested');
  expect(files).toEqual(['libs/lib']);
  expect(git(clone, 'rev-parse', 'HEAD:libs/lib')).toBe(git(lib, 'rev-parse', 'HEAD'));
  expect(existsSync(join(clone, 'libs/lib/lib.txt'))).toBe(false);
});

it('with folders to work in goes on when an agent is told of a change outside, and leaves all else as people have it', async () => {
  base(
    'monorepo',
    `mkdir -p services/shop services/pay libs
     echo shop > services/shop/a.txt; echo pay > services/pay/a.txt; echo lib > libs/a.txt; git add .`,
  );
  // The agent finds its files as they were, and moves what it was told of.
  const agentRuns = `test ! -e libs
    if test -e services/pay; then rm services/shop/a.txt; mv services/pay/new.txt services/shop/; rmdir services/pay
    else mkdir services/pay && echo new > services/pay/new.txt; fi`;
  const handle = await start('monorepo', agentRuns, {
    paths: ['services/shop'],
    checks: [
      'test ! -e services/pay && test ! -e libs && test -f services/shop/new.txt && test -f README.md',
    ],
  });
  expect(await handle.result()).toMatchObject({ status: 'done' });

  const { files, clone } = landed('monorepo');
  expect(files).toEqual(['services/shop/a.txt', 'services/shop/new.txt']);
  expect(readFileSync(join(clone, 'services/pay/a.txt'), 'utf8')).toBe('pay\n');
  expect(existsSync(join(clone, 'libs/a.txt'))).toBe(true);
});
