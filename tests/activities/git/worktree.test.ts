import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitCandidateResult } from '../../../activities/git/contract.ts';
import { eventually } from '../../support/eventually.ts';
import { bootId } from '../../../activities/support/process-table.ts';
import { commit, createWorld, git, stampOf, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';
const key = { owner: 'demo', phase: 1, task: 1, attempt: 1 };

let world: World;
let path: string;
let mirror: string;
beforeEach(async () => {
  world = createWorld({
    files: { 'README.md': 'Hello\n', '.gitignore': 'node_modules/\n', 'src/a.txt': 'a\n' },
  });
  path = world.port.worktreePath(world.workspace);
  await prepare();
  mirror = join(world.dataDir, 'mirrors', readdirSync(join(world.dataDir, 'mirrors'))[0] ?? '', 'mirror.git');
});
afterEach(() => world.remove());

const prepare = (start = world.base, on = branch, keepChanges = false) =>
  world.activities.prepareWorktree({
    key,
    workspace: world.workspace,
    branch: on,
    startSha: start,
    keepChanges,
  });
const candidate = (start = world.base, tip = world.base, attempt = 1): Promise<CommitCandidateResult> =>
  world.activities.commitCandidate({
    key: { ...key, attempt },
    workspace: world.workspace,
    branch,
    headSha: tip,
    startSha: start,
    baseSha: world.base,
    merge: null,
    metadata: stampOf('A task'),
    checks: null,
  });
const made = (result: CommitCandidateResult) => {
  if (result.kind !== 'candidate') throw new Error(JSON.stringify(result));
  return result;
};
const state = () => ({
  branch: git(path, 'symbolic-ref', '--short', 'HEAD'),
  head: git(path, 'rev-parse', 'HEAD'),
  status: git(path, 'status', '--porcelain'),
});
const clean = (head = world.base, on = branch) => ({ branch: on, head, status: '' });

describe('preparing', () => {
  it('puts the worktree on its branch at the start, clean', () => {
    expect(state()).toEqual(clean());
  });

  it('costs one git process when nothing has to change', async () => {
    world.verbs.length = 0;
    await prepare();
    expect(world.verbs).toEqual(['status']);
  });

  it('throws edits, staged files and leftovers away, and keeps ignored files', async () => {
    write(path, {
      'README.md': 'edited',
      'staged.txt': 's',
      'left/over.txt': 'l',
      'node_modules/dep/index.js': 'dep',
    });
    git(path, 'add', 'staged.txt');
    git(path, 'init', '-q', 'nested');
    await prepare();

    expect(state()).toEqual(clean());
    expect(existsSync(join(path, 'nested'))).toBe(false);
    expect(readFileSync(join(path, 'node_modules/dep/index.js'), 'utf8')).toBe('dep');
  });

  it('takes the worktree to the next phase, and forgets the branch before', async () => {
    await prepare(world.base, 'project/demo/phase/2/next');
    expect(state()).toEqual(clean(world.base, 'project/demo/phase/2/next'));
    expect(git(mirror, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      'refs/heads/project/demo/phase/2/next',
    );
  });

  it('fetches a start that the mirror does not have yet', async () => {
    const start = commit(world.repository, { 'later.txt': 'x' });
    await prepare(start);
    expect(state()).toEqual(clean(start));
  });

  it('ends a merge, rebase or cherry-pick that was left half-way', async () => {
    write(path, { 'README.md': 'one\n' });
    git(path, 'commit', '-qam', 'One');
    git(path, 'checkout', '-q', '-b', 'other', world.base);
    write(path, { 'README.md': 'two\n' });
    git(path, 'commit', '-qam', 'Two');
    expect(() => git(path, 'rebase', branch)).toThrow();
    await prepare();
    expect(state()).toEqual(clean());
    expect(git(path, 'status')).not.toMatch(/rebas/);
  });

  it('keeps what a person changed by hand, when asked to', async () => {
    write(path, { 'README.md': 'by hand' });
    await prepare(world.base, branch, true);
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('by hand');
  });

  it('refuses to keep a worktree that is on another branch', async () => {
    git(path, 'switch', '-q', '-c', 'elsewhere');
    await expect(prepare(world.base, branch, true)).rejects.toMatchObject({
      type: 'BranchMismatch',
      message: expect.stringContaining('switched to the branch elsewhere'),
    });
    await prepare();
    expect(state()).toEqual(clean());
  });

  it.each<[string, () => void]>([
    ['the worktree is deleted', () => rmSync(path, { recursive: true })],
    ['.git is deleted', () => unlinkSync(join(path, '.git'))],
    [
      '.git is a folder',
      () => {
        unlinkSync(join(path, '.git'));
        git(path, 'init', '-q');
      },
    ],
    ['its folder in the mirror is deleted', () => rmSync(join(mirror, 'worktrees'), { recursive: true })],
    [
      'its index is damaged',
      () =>
        truncateSync(join(mirror, 'worktrees', readdirSync(join(mirror, 'worktrees'))[0] ?? '', 'index'), 40),
    ],
    [
      'its HEAD is damaged',
      () =>
        writeFileSync(join(mirror, 'worktrees', readdirSync(join(mirror, 'worktrees'))[0] ?? '', 'HEAD'), ''),
    ],
    ['its record is lost', () => rmSync(`${path}.json`)],
    ['the mirror is deleted', () => rmSync(mirror, { recursive: true })],
    ['the whole data folder is deleted', () => rmSync(world.dataDir, { recursive: true })],
    [
      'folders are unwritable',
      () => {
        write(path, { 'locked/x': 'x' });
        chmodSync(join(path, 'locked'), 0o500);
        unlinkSync(join(path, '.git'));
      },
    ],
  ])('starts afresh when %s', async (_what, damage) => {
    damage();
    await prepare();
    expect(state()).toEqual(clean());
  });

  it('follows no link that was put in its place', async () => {
    const precious = join(world.root, 'precious');
    write(precious, { 'file.txt': 'keep me' });
    rmSync(path, { recursive: true });
    symlinkSync(precious, path);
    await prepare();
    expect(readFileSync(join(precious, 'file.txt'), 'utf8')).toBe('keep me');
    expect(state()).toEqual(clean());
  });

  it('rebuilds a mirror whose objects are damaged', async () => {
    const objects = join(mirror, 'objects');
    for (const folder of readdirSync(objects).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      for (const name of readdirSync(join(objects, folder))) {
        chmodSync(join(objects, folder, name), 0o600);
        truncateSync(join(objects, folder, name), 0);
      }
    }
    rmSync(path, { recursive: true });
    await prepare();
    expect(state()).toEqual(clean());
  });
});

describe('lock files', () => {
  const admin = () => join(mirror, 'worktrees', readdirSync(join(mirror, 'worktrees'))[0] ?? '');
  const long = new Date(Date.now() - 3_600_000);

  it.each(['index.lock', 'HEAD.lock'])('of a git that died is removed: %s', async (name) => {
    writeFileSync(join(admin(), name), '');
    utimesSync(join(admin(), name), long, long);
    write(path, { 'README.md': 'edited' });
    await prepare(world.base, 'project/demo/phase/2/next');
    expect(existsSync(join(admin(), name))).toBe(false);
  });

  it.each(['packed-refs.lock', 'config.lock', `refs/heads/${branch}.lock`])(
    'of a git that died moments ago is removed in the mirror: %s',
    async (name) => {
      writeFileSync(join(mirror, name), '');
      git(world.repository, 'branch', '-q', 'gone');
      await world.port.fetch(world.workspace.repository);
      git(world.repository, 'branch', '-q', '-D', 'gone');
      await world.port.fetch(world.workspace.repository);
      await prepare(commit(world.repository, { 'later.txt': 'x' }));
      if (name !== 'config.lock') expect(existsSync(join(mirror, name))).toBe(false);
    },
  );

  it('of a living git is waited for', async () => {
    const lock = join(admin(), 'index.lock');
    const holder = spawn(process.execPath, [
      '-e',
      `const fs = require('node:fs'); fs.openSync(${JSON.stringify(lock)}, 'wx'); console.log('held'); setTimeout(() => { console.log('freed'); fs.unlinkSync(${JSON.stringify(lock)}); }, 1500);`,
    ]);
    let said = '';
    holder.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await eventually('the lock', () => said.includes('held'));
    const ended = new Promise((resolve) => holder.once('exit', resolve));
    write(path, { 'README.md': 'edited' });
    await prepare();
    expect(await ended).toBe(0);
    expect(said).toBe('held\nfreed\n');
    expect(state()).toEqual(clean());
  });

  it('of our own that a dead process left is taken over', async () => {
    const dead = { pid: 999_999, startedAt: '12345', boot: bootId() };
    writeFileSync(join(mirror, '..', 'lock.1000'), JSON.stringify(dead));
    await world.port.fetch(world.workspace.repository);
    expect(readFileSync(join(mirror, '..', 'lock.1001'), 'utf8')).toBe('{}');
  });
});

describe('tampering', () => {
  it.each<[string, RegExp, () => void]>([
    ['switches branch', /switched to the branch mine/, () => git(path, 'switch', '-q', '-c', 'mine')],
    ['detaches HEAD', /detached HEAD/, () => git(path, 'switch', '-q', '--detach')],
    ['deletes .git', /deleted \.git/, () => unlinkSync(join(path, '.git'))],
    [
      'makes its own repository',
      /replaced \.git/,
      () => {
        unlinkSync(join(path, '.git'));
        git(path, 'init', '-q');
      },
    ],
    [
      'points .git elsewhere',
      /what \.git points to/,
      () => writeFileSync(join(path, '.git'), 'gitdir: /tmp/elsewhere\n'),
    ],
    [
      'moves its branch back',
      /off the commit it started from/,
      () => git(path, 'reset', '-q', '--hard', git(path, 'commit-tree', '-m', 'x', `${world.base}^{tree}`)),
    ],
    [
      'moves a remote-tracking ref',
      /refs\/remotes\/origin\/main/,
      () =>
        git(
          path,
          'update-ref',
          'refs/remotes/origin/main',
          git(path, 'commit-tree', '-m', 'x', `${world.base}^{tree}`),
        ),
    ],
    [
      'deletes a remote-tracking ref',
      /refs\/remotes\/origin\/main/,
      () => git(path, 'update-ref', '-d', 'refs/remotes/origin/main'),
    ],
    ['makes a branch', /refs\/heads\/extra/, () => git(path, 'branch', 'extra')],
    ['makes a tag', /refs\/tags\/v1/, () => git(path, 'tag', 'v1')],
    [
      'packs refs and moves one',
      /refs\/heads\/extra/,
      () => {
        git(path, 'branch', 'extra');
        git(path, 'pack-refs', '--all');
      },
    ],
    ['sets configuration', /filter/, () => git(path, 'config', 'filter.x.clean', 'touch /tmp/x')],
    ['writes attributes', /attributes/, () => write(mirror, { 'info/attributes': '* filter=x' })],
    [
      'moves the worktree away',
      /link/,
      () => {
        renameSync(path, `${path}-moved`);
        symlinkSync(`${path}-moved`, path);
      },
    ],
    [
      'hides a file from git',
      /overlook changes of README.md/,
      () => {
        write(path, { 'README.md': 'hidden' });
        git(path, 'update-index', '--skip-worktree', 'README.md');
      },
    ],
    [
      'hides another way',
      /overlook changes of README.md/,
      () => {
        write(path, { 'README.md': 'hidden' });
        git(path, 'update-index', '--assume-unchanged', 'README.md');
      },
    ],
    [
      'clones into the worktree',
      /repository inside the worktree/,
      () => {
        git(path, 'init', '-q', 'sub');
        commit(join(path, 'sub'), { 'x.txt': 'x' });
      },
    ],
    [
      'adds a clone as a submodule',
      /repository inside the worktree/,
      () => {
        git(path, 'init', '-q', 'sub');
        commit(join(path, 'sub'), { 'x.txt': 'x' });
        git(path, 'add', 'sub');
      },
    ],
  ])('is found when an agent %s, and undone by the next preparation', async (_what, told, act) => {
    act();
    write(path, { 'work.txt': 'work' });
    const refsBefore = 'refs/remotes/origin/main';

    expect(await candidate()).toEqual({ kind: 'tampered', what: expect.stringMatching(told) });

    await prepare();
    expect(state()).toEqual(clean());
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('Hello\n');
    expect(git(mirror, 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      `refs/heads/${branch}`,
      refsBefore,
    ]);
    expect(git(mirror, 'rev-parse', refsBefore)).toBe(world.base);
    write(path, { 'work.txt': 'work' });
    made(await candidate());
  });

  it('is not what commits on the branch, a stash, or a tool that manages hooks are', async () => {
    commit(path, { 'one.txt': '1' }, 'One');
    write(path, { 'two.txt': '2' });
    git(path, 'stash', '-q', '-u');
    git(path, 'config', 'core.hooksPath', '.husky/_');
    write(mirror, { 'hooks/pre-commit': '#!/bin/sh\nexit 1\n' });
    expect(made(await candidate()).files).toEqual(['one.txt']);
    expect(git(mirror, 'config', '--get-all', 'core.bare')).toBe('true');
  });

  it('runs nothing that an agent planted', async () => {
    const ran = join(world.root, 'ran');
    const evil = join(world.root, 'evil.sh');
    write(world.root, { 'evil.sh': `#!/bin/sh\ntouch "${ran}"\n` });
    chmodSync(evil, 0o755);
    const trap = join(world.root, 'trap');
    mkdirSync(trap);
    git(trap, 'init', '-q');
    for (const folder of [trap, path]) {
      for (const [name, value] of [
        ['core.fsmonitor', evil],
        ['core.hooksPath', world.root],
        ['diff.external', evil],
        ['filter.x.clean', evil],
        ['filter.x.smudge', evil],
        ['merge.x.driver', evil],
        ['core.sshCommand', evil],
      ]) {
        git(folder, 'config', name ?? '', value ?? '');
      }
    }
    for (const hook of ['pre-commit', 'post-checkout', 'reference-transaction', 'post-index-change']) {
      write(mirror, { [`hooks/${hook}`]: `#!/bin/sh\ntouch "${ran}"\n` });
      chmodSync(join(mirror, 'hooks', hook), 0o755);
    }
    write(path, { '.gitattributes': '* filter=x merge=x diff=x\n', 'README.md': 'edited' });
    writeFileSync(join(path, '.git'), `gitdir: ${join(trap, '.git')}\n`);

    expect(await world.port.matches(world.workspace, world.base)).toBe(false);
    expect((await candidate()).kind).toBe('tampered');
    await prepare();
    write(path, { '.gitattributes': '* filter=x merge=x diff=x\n', 'README.md': 'edited' });
    made(await candidate());
    expect(existsSync(ran)).toBe(false);
  });
});

describe('a candidate', () => {
  it("squashes the agent's commits and leftovers into one commit on the tip", async () => {
    commit(path, { 'one.txt': '1' }, 'WIP 1');
    const last = commit(path, { 'two.txt': '2', 'src/a.txt': 'changed\n' }, 'WIP 2');
    write(path, { 'three ü 文.txt': '3', 'node_modules/x.js': 'ignored', 'PLAN.md': 'plan' });
    const result = made(await candidate());

    expect(result).toMatchObject({
      fileCount: 4,
      files: ['one.txt', 'src/a.txt', 'three ü 文.txt', 'two.txt'],
    });
    expect(git(path, 'rev-list', '--count', `${world.base}..${result.sha}`)).toBe('1');
    expect(git(path, 'log', '-1', '--format=%an', last)).toBe('A Person');
    expect(git(mirror, 'rev-parse', 'refs/phasewright/demo/attempts/1/1/1')).toBe(last);
    expect(state()).toEqual(clean(result.sha));
    expect(existsSync(join(path, 'node_modules/x.js'))).toBe(true);
    expect(existsSync(join(path, 'PLAN.md'))).toBe(false);
  });

  it('is the same when asked for again', async () => {
    commit(path, { 'one.txt': '1' });
    const first = await candidate();
    expect(await candidate()).toEqual(first);
  });

  it('is the same when asked for again after a rejected one', async () => {
    write(path, { 'one.txt': '1' });
    const rejected = made(await candidate());
    await prepare(rejected.sha);
    write(path, { 'two.txt': '2' });
    const second = made(await candidate(rejected.sha, world.base, 2));
    expect(git(path, 'rev-parse', `${second.sha}^`)).toBe(world.base);
    expect(second.files).toEqual(['one.txt', 'two.txt']);
    expect(await candidate(rejected.sha, world.base, 2)).toEqual(second);
  });

  it('is empty when nothing changed, when only PLAN.md did, and when the rejected work is unchanged', async () => {
    expect(await candidate()).toEqual({ kind: 'empty' });
    write(path, { 'PLAN.md': 'plan', 'node_modules/x.js': 'ignored' });
    expect(await candidate()).toEqual({ kind: 'empty' });
    await prepare();
    write(path, { 'one.txt': '1' });
    const rejected = made(await candidate());
    await prepare(rejected.sha);
    expect(await candidate(rejected.sha, world.base, 2)).toEqual({ kind: 'empty' });
  });

  it('keeps a PLAN.md that belongs to the repository', async () => {
    const base = commit(world.repository, { 'PLAN.md': 'ours' });
    await prepare(base);
    write(path, { 'PLAN.md': 'changed' });
    const result = await world.activities.commitCandidate({
      key,
      workspace: world.workspace,
      branch,
      headSha: base,
      startSha: base,
      baseSha: base,
      merge: null,
      metadata: stampOf('Plan'),
      checks: null,
    });
    expect(made(result).files).toEqual(['PLAN.md']);
  });

  it('follows removals from tracking, forced additions, renames, modes and links', async () => {
    const base = commit(world.repository, {
      'secret.env': 's',
      'old name.txt': 'the same\ncontent\nin both\n',
      'run.sh': 'x',
    });
    await prepare(base);
    git(path, 'rm', '-q', '--cached', 'secret.env');
    write(path, { '.gitignore': 'node_modules/\nsecret.env\n', 'node_modules/kept.js': 'forced' });
    git(path, 'add', '-f', 'node_modules/kept.js');
    renameSync(join(path, 'old name.txt'), join(path, 'new näme.txt'));
    chmodSync(join(path, 'run.sh'), 0o755);
    symlinkSync('README.md', join(path, 'link'));
    const result = made(
      await world.activities.commitCandidate({
        key,
        workspace: world.workspace,
        branch,
        headSha: base,
        startSha: base,
        baseSha: base,
        merge: null,
        metadata: stampOf('Moves'),
        checks: null,
      }),
    );
    expect(result.files).toEqual([
      '.gitignore',
      'link',
      'new näme.txt',
      'node_modules/kept.js',
      'run.sh',
      'secret.env',
    ]);
    expect(
      git(path, 'ls-tree', result.sha, 'link', 'run.sh')
        .split('\n')
        .map((line) => line.slice(0, 6)),
    ).toEqual(['120000', '100755']);
  });

  it('survives files whose names are hostile', async () => {
    write(path, {
      '-rf': '1',
      ':(exclude)x': '2',
      '--upload-pack=x': '3',
      'a"b\tc\nd': '4',
      '$(touch x)': '5',
      "it's": '6',
    });
    const result = made(await candidate());
    expect(new Set(result.files)).toEqual(
      new Set(['-rf', ':(exclude)x', '--upload-pack=x', 'a"b\tc\nd', '$(touch x)', "it's"]),
    );
    expect(await world.port.readFile(world.workspace.repository, result.sha, '--upload-pack=x', 100)).toEqual(
      { text: '3', truncated: false },
    );
  });

  it('is matched by a worktree only while its files are', async () => {
    write(path, { 'one.txt': '1' });
    const { sha } = made(await candidate());
    const matches = () => world.port.matches(world.workspace, sha);
    expect(await matches()).toBe(true);
    write(path, { 'node_modules/x': 'ignored' });
    expect(await matches()).toBe(true);
    write(path, { 'left.txt': 'over' });
    expect(await matches()).toBe(false);
    unlinkSync(join(path, 'left.txt'));
    expect(await world.port.matches(world.workspace, world.base)).toBe(false);
    write(path, { 'one.txt': 'changed' });
    expect(await matches()).toBe(false);
  });
});

it('works with ten workspaces in one mirror at once', async () => {
  const owners = Array.from({ length: 10 }, (_, index) => `p${index}`);
  const results = await Promise.all(
    owners.map(async (owner) => {
      const workspace = world.workspaceOf(owner);
      const on = `project/${owner}/phase/1/x`;
      await world.activities.prepareWorktree({
        key: { ...key, owner },
        workspace,
        branch: on,
        startSha: world.base,
        keepChanges: false,
      });
      commit(world.port.worktreePath(workspace), { [`${owner}.txt`]: owner });
      await world.port.fetch(workspace.repository);
      return made(
        await world.activities.commitCandidate({
          key: { ...key, owner },
          workspace,
          branch: on,
          headSha: world.base,
          startSha: world.base,
          baseSha: world.base,
          merge: null,
          metadata: stampOf(owner),
          checks: null,
        }),
      );
    }),
  );
  expect(results.map(({ files }) => files)).toEqual(owners.map((owner) => [`${owner}.txt`]));
  expect((await world.port.workspaces()).map(({ workspace: { owner } }) => owner).sort()).toEqual([
    'demo',
    ...owners,
  ]);
});

it('leaves nothing of a closed workspace, here or on the remote, but its branches', async () => {
  const { activities, port, workspace, base } = world;
  const ready = await activities.createBranch({
    workspace,
    branch,
    from: { kind: 'sha', sha: base },
    siblings: [],
    own: null,
    fence: { epoch: 1, sha: null },
  });
  if (ready.kind !== 'ready') throw new Error(JSON.stringify(ready));
  commit(path, { 'one.txt': '1' });
  const { sha } = made(await candidate());
  const landed = await activities.land({ workspace, branch, expected: base, sha, fence: ready.fence });
  if (landed.kind !== 'landed') throw new Error(landed.kind);

  // The fence of a lost answer is the one before: still ours.
  await activities.closeWorkspace({ workspace, fence: ready.fence });
  await activities.closeWorkspace({ workspace, fence: ready.fence });

  expect(existsSync(path)).toBe(false);
  expect(await port.workspaces()).toEqual([]);
  expect(git(mirror, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/phasewright')).toBe('');
  expect(git(world.repository, 'for-each-ref', '--format=%(refname)')).toBe(
    `refs/heads/main\nrefs/heads/${branch}`,
  );
  expect(git(world.repository, 'rev-parse', branch)).toBe(sha);
});
