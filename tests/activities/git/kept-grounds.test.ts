/**
 * Grounds of a closed workspace serve the next one of the repository. Whatever was done to them, the next finds what a first checkout
 * would have given it, to the byte, the mode and the name.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { commit, createWorld, git, noFence, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';
const runs = Number(process.env['GROUND_RUNS'] ?? 4);

let world: World;
let base: string;
beforeEach(async () => {
  world = createWorld({
    files: {
      'README.md': 'Hello\n',
      '.gitignore': 'ignored/\n*.log\n',
      '.gitattributes': '*.id ident\n*.txt text\n',
      'src/a.txt': 'a\nb\n',
      'src/deep/b.txt': 'b\n',
      'keyword.id': '$Id$\n',
      'run.sh': '#!/bin/sh\n',
    },
  });
  symlinkSync('README.md', join(world.repository, 'link'));
  chmodSync(join(world.repository, 'run.sh'), 0o755);
  mkdirSync(join(world.repository, 'lib'));
  git(world.repository, 'update-index', '--add', '--cacheinfo', `160000,${world.base},lib`);
  base = commit(world.repository, {}, 'Second');
  await world.port.resolveBase(world.workspace.repository, null);
});
afterEach(() => world.remove());

const add = (files: Readonly<Record<string, string>>): string => commit(world.repository, files, 'More');

interface Ground {
  readonly agent: string;
  readonly checks: string;
}
async function open(workspace: WorkspaceRef, sha: string, port = world.port): Promise<Ground> {
  await port.prepare(workspace, { branch, startSha: sha, keepChanges: false });
  await port.checkOut(workspace, { branch, sha });
  return { agent: port.worktreePath(workspace), checks: port.checksPath(workspace) };
}
const close = (workspace: WorkspaceRef) => world.port.close(workspace, noFence);

/** All that lies there; of `.git` only the names: times and digests of the index differ. */
function picture(root: string): Readonly<Record<string, string>> {
  const seen: Record<string, string> = {};
  const at = (path: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  const visit = (folder: string): void => {
    for (const name of readdirSync(at(folder), { encoding: 'latin1' })) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const place = at(path);
      const info = lstatSync(place);
      const mode = info.mode.toString(8);
      if (info.isDirectory()) {
        seen[path] = mode;
        visit(path);
      } else if (path.startsWith('.git/')) seen[path] = mode;
      else if (info.isSymbolicLink()) seen[path] = `${mode} ${readlinkSync(place)}`;
      else seen[path] = `${mode} ${createHash('sha1').update(readFileSync(place)).digest('hex')}`;
    }
  };
  visit('');
  return seen;
}

/** The same commit where nobody has ever been. */
async function asNew(sha: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const port = createSimpleGit({
    dataDir: join(world.root, `new ${Math.random()}`),
    hostId: 'host-1',
    env: process.env,
  });
  await port.resolveBase(world.workspace.repository, null);
  const { agent, checks } = await open(world.workspace, sha, port);
  return [picture(agent), picture(checks)];
}

const sh = (cwd: string, script: string): void => {
  const env = { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_GLOBAL: '/dev/null' };
  const identity = 'git() { command git -c user.name=a -c user.email=a@example.org "$@"; }';
  execFileSync('sh', ['-c', `${identity}; ${script}`], { cwd, env, stdio: 'ignore' });
};
const kept = (): string => {
  const [own = ''] = readdirSync(join(world.dataDir, 'kept'));
  return join(world.dataDir, 'kept', own);
};
const keptGrounds = (): readonly string[] =>
  readdirSync(kept())
    .filter((name) => /^\d+$/.test(name))
    .map((name) => join(kept(), name));

/** In place, if it is a file: writing to a pipe would wait for a reader. */
const overwrite = (file: string, text: string): void => {
  if (lstatSync(file).isFile()) writeFileSync(file, text);
};
const elsewhere = (): string => {
  const folder = join(world.root, `elsewhere ${Math.random()}`);
  mkdirSync(folder);
  return folder;
};

/** What somebody may do to a ground, in a workspace of theirs or while it waits for the next. */
const acts: Readonly<Record<string, (path: string) => void>> = {
  'leaves ignored files': (path) =>
    sh(path, 'mkdir -p ignored/x && echo s > ignored/x/y && echo s > src/s.log'),
  'leaves files': (path) => sh(path, 'echo s > s.txt && mkdir -p new/deep && echo s > new/deep/s'),
  'edits and commits': (path) =>
    sh(path, 'test -f README.md && echo s >> README.md && git add -A && git commit -qm s'),
  'changes line ends alone': (path) => overwrite(join(path, 'src/a.txt'), 'a\r\nb\r\n'),
  'writes into a keyword': (path) => {
    const file = join(path, 'keyword.id');
    const { atime, mtime } = statSync(file);
    overwrite(file, readFileSync(file, 'utf8').replace(/[0-9a-f]{40}/, 'e'.repeat(40)));
    utimesSync(file, atime, mtime);
  },
  'keeps size and times': (path) => {
    const file = join(path, 'src/deep/b.txt');
    const { atime, mtime } = statSync(file);
    overwrite(file, 's\n');
    utimesSync(file, atime, mtime);
  },
  'swaps two files': (path) => sh(path, 'mv src/a.txt t && mv README.md src/a.txt && mv t README.md'),
  'changes modes': (path) => sh(path, 'chmod 777 src/deep && chmod 600 README.md && chmod -x run.sh'),
  'takes rights away': (path) =>
    sh(path, 'mkdir locked && echo s > locked/s && chmod 0 locked && chmod 500 src'),
  'leaves hooks and configuration': (path) =>
    sh(
      path,
      'mkdir -p .git/hooks && echo s > .git/hooks/pre-commit && git config core.pager s && git stash list',
    ),
  'leaves objects, branches and a stash': (path) =>
    sh(path, 'test -f README.md && echo s >> README.md && git stash -q && git branch secret && git tag s'),
  'takes .git away': (path) => rmSync(join(path, '.git'), { recursive: true, force: true }),
  'makes repositories': (path) =>
    sh(
      path,
      'git init -q src/inner && git init -q inner && mkfifo src/inner/.git/HEAD-x && rm README.md && git init -q README.md',
    ),
  'fills a submodule': (path) => sh(path, 'git init -q lib && echo s > lib/s'),
  'makes a submodule a link': (path) => sh(path, 'rmdir lib && ln -s /nowhere lib'),
  'makes pipes of files': (path) =>
    sh(path, 'rm -f run.sh src/a.txt && mkfifo run.sh src/a.txt src/.gitignore'),
  'makes a folder a link': (path) => {
    renameSync(join(path, 'src'), join(world.root, `moved ${Math.random()}`));
    symlinkSync(elsewhere(), join(path, 'src'));
  },
  'moves a folder and links to it': (path) => {
    const to = join(world.root, `moved ${Math.random()}`);
    renameSync(join(path, 'src'), to);
    overwrite(join(to, 'a.txt'), 'secret\n');
    symlinkSync(to, join(path, 'src'));
  },
  'links a file elsewhere': (path) =>
    linkSync(join(path, 'README.md'), join(world.root, `hard ${Math.random()}`)),
  'writes odd names': (path) =>
    sh(
      path,
      `printf x > "$(printf 'caf\\351')"; printf x > -- '-rf'; printf x > 'a "q"'; mkdir '.phasewright-1'`,
    ),
  'writes rules': (path) =>
    sh(
      path,
      'rm -f src/.gitignore; printf "*\\n" > src/.gitignore; printf "* -text eol=crlf\\n" > src/.gitattributes',
    ),
  'changes the rules': (path) =>
    sh(path, 'printf "*.txt eol=crlf\\n" > .gitattributes && git add -A && git commit -qm s'),
  'patches our indexes': (path) => {
    for (const name of ['index', 'origin'])
      if (existsSync(`${path}.${name}`)) truncateSync(`${path}.${name}`, 40);
  },
};
const attempt = (name: string, path: string): void => {
  try {
    acts[name]?.(path);
  } catch {
    // What came before made it impossible.
  }
};

it('serve the next workspace of the repository: what is the same in both commits is not written again', async () => {
  const first = await open(world.workspaceOf('one'), base);
  const inodes = [first.agent, first.checks].map((path) => statSync(join(path, 'src/a.txt')).ino);
  await close(world.workspaceOf('one'));
  expect([first.agent, first.checks].some(existsSync)).toBe(false);
  const next = add({ 'README.md': 'Hello again\n' });

  const second = await open(world.workspaceOf('two'), next);
  expect([second.agent, second.checks].map((path) => statSync(join(path, 'src/a.txt')).ino)).toEqual(inodes);
  expect([picture(second.agent), picture(second.checks)]).toEqual(await asNew(next));
  expect(git(second.agent, 'status', '--porcelain')).toBe('');
});

describe('whatever was done to them', () => {
  let wanted: Awaited<ReturnType<typeof asNew>>;
  beforeEach(async () => {
    wanted = await asNew(base);
  });
  /** Some things in a workspace of theirs, the same again while nobody has them. */
  const live = async (names: readonly string[]): Promise<void> => {
    const { agent, checks } = await open(world.workspaceOf('one'), base);
    for (const path of [agent, checks]) for (const name of names) attempt(name, path);
    await close(world.workspaceOf('one'));
    for (const path of keptGrounds()) for (const name of names) attempt(name, path);
    const next = await open(world.workspaceOf('two'), base);
    expect([picture(next.agent), picture(next.checks)]).toEqual(wanted);
    await close(world.workspaceOf('two'));
  };

  it('a few things at once, the next workspace gets the commit and nothing else', async () => {
    const names = Object.keys(acts);
    for (let at = 0; at < names.length; at += 4) await live(names.slice(at, at + 4));
  });

  it('one after the other, the next workspace gets the commit and nothing else', async () => {
    const some = fc.array(fc.constantFrom(...Object.keys(acts)), { minLength: 2, maxLength: 6 });
    await fc.assert(fc.asyncProperty(some, live), { numRuns: runs });
  });

  it('to the folder itself, no link in its place is followed', async () => {
    await open(world.workspaceOf('one'), base);
    await close(world.workspaceOf('one'));
    const precious = join(world.root, 'precious');
    write(precious, { 'file.txt': 'keep me' });
    for (const path of keptGrounds()) {
      renameSync(path, join(world.root, `away ${Math.random()}`));
      symlinkSync(precious, path);
    }
    const next = await open(world.workspaceOf('two'), base);
    expect(picture(next.agent)).toEqual(wanted[0]);
    expect(readdirSync(precious)).toEqual(['file.txt']);
  });
});

it('are made anew where the rules of the files have changed', async () => {
  await open(world.workspaceOf('one'), base);
  await close(world.workspaceOf('one'));
  const next = add({ '.gitattributes': '*.id -ident\n*.txt text eol=crlf\n' });
  const { agent, checks } = await open(world.workspaceOf('two'), next);
  expect(readFileSync(join(agent, 'src/a.txt'), 'utf8')).toBe('a\r\nb\r\n');
  expect([picture(agent), picture(checks)]).toEqual(await asNew(next));
});

it('are never shared: as many workspaces at once as there are get one each', async () => {
  const owners = ['one', 'two', 'three', 'four'].map(world.workspaceOf);
  await Promise.all(owners.map((owner) => open(owner, base)));
  await Promise.all(owners.map(close));
  const opened = await Promise.all([...owners, world.workspaceOf('five')].map((owner) => open(owner, base)));
  const inodes = opened.flatMap(({ agent, checks }) => [statSync(agent).ino, statSync(checks).ino]);
  expect(new Set(inodes).size).toBe(10);
  for (const { agent } of opened) expect(git(agent, 'status', '--porcelain')).toBe('');
});

it('are no more than the operator wants, the oldest go first', async () => {
  const port = createSimpleGit({
    ...{ dataDir: world.dataDir, hostId: 'host-1', env: process.env },
    kept: { count: 2, bytes: 10_000 },
  });
  for (const owner of ['one', 'two', 'three'].map(world.workspaceOf)) await open(owner, base, port);
  for (const owner of ['one', 'two', 'three'].map(world.workspaceOf)) await port.close(owner, noFence);
  const left = () =>
    readdirSync(join(world.dataDir, 'kept')).flatMap((name) =>
      readdirSync(join(world.dataDir, 'kept', name)),
    );
  while (left().filter((name) => /^\d+$/.test(name)).length > 2) await sleep(10);
  await port.prepare(world.workspaceOf('one'), { branch, startSha: base, keepChanges: false });
  expect(left().filter((name) => /^\d+$/.test(name))).toHaveLength(1);
});

it('are not kept where the operator wants none, or they are too large', async () => {
  for (const limits of [
    { count: 0, bytes: 10_000 },
    { count: 9, bytes: 10 },
  ]) {
    const port = createSimpleGit({
      dataDir: world.dataDir,
      hostId: 'host-1',
      env: process.env,
      kept: limits,
    });
    await open(world.workspaceOf('one'), base, port);
    await port.close(world.workspaceOf('one'), noFence);
    const left = readdirSync(join(world.dataDir, 'kept')).map((name) =>
      readdirSync(join(world.dataDir, 'kept', name)),
    );
    expect(left.flat()).toEqual([]);
  }
});

describe('a worker that was killed', () => {
  const user = fileURLToPath(new URL('ground-user.ts', import.meta.url));

  it('leaves no ground that is half of one project and half of another, and what it kept is removed', async () => {
    for (const afterMs of [60, 230]) {
      const child = spawn(process.execPath, ['--no-warnings', user, world.dataDir, world.repository, base], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env['PATH'] },
      });
      await once(child.stdout, 'data');
      await sleep(afterMs);
      child.kill('SIGKILL');
      await once(child, 'close');
      const port = createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env: process.env });
      for (const owner of ['one', 'two'].map(world.workspaceOf)) {
        const { agent, checks } = await open(owner, base, port);
        expect(git(agent, 'status', '--porcelain')).toBe('');
        expect(readFileSync(join(agent, 'README.md'), 'utf8')).toBe('Hello\n');
        expect(readdirSync(checks)).not.toContain('ignored');
        // What is ignored is an owner's own to keep.
        if (existsSync(join(agent, 'ignored')))
          expect(readdirSync(join(agent, 'ignored'))).toEqual([owner.owner]);
        await port.close(owner, noFence);
      }
      await untilEmpty(join(world.dataDir, 'trash'));
      expect(
        readdirSync(join(world.dataDir, 'kept')).filter((name) => name.startsWith(`${child.pid}-`)),
      ).toEqual([]);
    }
  });

  const untilEmpty = async (folder: string): Promise<void> => {
    while (existsSync(folder) && readdirSync(folder).length > 0) await sleep(20);
  };

  it('leaves its trash to the next', async () => {
    const trash = join(world.dataDir, 'trash');
    mkdirSync(join(trash, 'left', 'locked'), { recursive: true });
    writeFileSync(join(trash, 'left', 'locked', 'x'), 'x');
    chmodSync(join(trash, 'left', 'locked'), 0o500);
    createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env: process.env });
    await untilEmpty(trash);
    expect(readdirSync(trash)).toEqual([]);
  });
});
