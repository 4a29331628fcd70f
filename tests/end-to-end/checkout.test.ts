/**
 * A person's own repository, with work in progress, on the base branch: nothing in it is touched but refs and objects, and
 * the last merge is theirs.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import type { ProjectOutcome } from '../../domain/progress/outcomes.ts';
import { landedTasks, leftBehind, pullRequestsOf, settled } from '../support/aftermath.ts';
import { type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    bare: false,
    files: {
      'README.md': '# A library\n',
      'staged.txt': 'old\n',
      'unstaged.txt': 'old\n',
      'gone.txt': 'old\n',
    },
  });
});
afterAll(() => rig.close());

it('runs a project on a dirty checkout of base, leaves it byte-identical, and follows the merge that the person makes', async () => {
  const { repository } = rig;
  const write = (name: string, text: string) => writeFileSync(join(repository, name), text);
  write('staged.txt', 'staged\n');
  write('added.txt', 'added\n');
  rig.git('add', 'staged.txt', 'added.txt');
  write('staged.txt', 'staged, then changed again\n');
  write('unstaged.txt', 'unstaged\n');
  write('untracked.txt', 'untracked\n');
  rig.git('rm', '-q', 'gone.txt');
  symlinkSync('untracked.txt', join(repository, 'link'));
  const marker = join(rig.home, 'a-hook-ran');
  const hooks = [
    'pre-commit',
    'commit-msg',
    'post-commit',
    'post-checkout',
    'pre-push',
    'pre-receive',
    'update',
    'post-receive',
    'post-update',
    'reference-transaction',
    'push-to-checkout',
    'pre-auto-gc',
    'post-merge',
    'proc-receive',
  ];
  for (const hook of hooks) {
    const path = join(repository, '.git', 'hooks', hook);
    writeFileSync(path, `#!/bin/sh\necho ${hook} >> '${marker}'\n`);
    chmodSync(path, 0o755);
  }
  const before = photograph(repository);
  const head = rig.git('rev-parse', 'HEAD');
  expect(existsSync(marker)).toBe(false);

  const slug = rig.slug('mine');
  const handle = await rig.start(slug, {
    phases: [
      { name: 'One', tasks: ['First'] },
      { name: 'Two', tasks: ['Second'] },
    ],
    approval: { phases: 'none', project: 'required' },
    checks: ['test -f README.md', '! test -e untracked.txt'],
  });
  const gated = await rig.gate<ProjectStatusView>(handle);
  await handle.executeUpdate('approve', { args: [{ by: 'ann', headSha: gated.gate?.headSha }] });
  const waiting = await rig.until<ProjectStatusView>(
    handle,
    'the merge by hand',
    (view) => view.waitingFor?.includes('merge') === true,
  );

  const command = `git -C ${repository} merge --no-ff project/${slug}/integration`;
  expect(waiting.waitingFor).toContain(command);
  expect(waiting).toMatchObject({ condition: 'waiting', pullRequest: { state: 'open' } });
  expect(changesSince(before, photograph(repository))).toEqual([]);
  expect(rig.git('rev-parse', 'HEAD')).toBe(head);
  expect(existsSync(marker) ? readFileSync(marker, 'utf8') : '').toBe('');

  // What they would do: put their work away, run what they were told, and take their work up again.
  for (const hook of hooks) chmodSync(join(repository, '.git', 'hooks', hook), 0o644);
  rig.git('stash', 'push', '-q', '--include-untracked');
  execFileSync('sh', ['-c', /git -C \S+ merge --no-ff \S+/.exec(waiting.waitingFor ?? '')?.[0] ?? 'false'], {
    stdio: 'pipe',
    env: {
      PATH: process.env['PATH'],
      HOME: rig.home,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_COMMITTER_NAME: 'A Person',
      GIT_COMMITTER_EMAIL: 'person@example.invalid',
      GIT_AUTHOR_NAME: 'A Person',
      GIT_AUTHOR_EMAIL: 'person@example.invalid',
      GIT_EDITOR: 'true',
    },
  });
  const merged = rig.git('rev-parse', 'HEAD');
  rig.git('stash', 'pop', '-q');
  const outcome = (await handle.result()) as ProjectOutcome;

  expect(outcome).toMatchObject({ status: 'done', mergedSha: merged, pullRequest: { state: 'merged' } });
  expect(rig.git('rev-parse', 'main')).toBe(merged);
  expect(landedTasks(rig, slug)).toEqual(['1.1', '2.1']);
  expect(pullRequestsOf(rig.home).map(({ state, base }) => [state, base.branch])).toEqual([
    ['merged', `project/${slug}/integration`],
    ['merged', `project/${slug}/integration`],
    ['merged', 'main'],
  ]);
  expect(readFileSync(join(repository, 'unstaged.txt'), 'utf8')).toBe('unstaged\n');
  expect(readFileSync(join(repository, 'untracked.txt'), 'utf8')).toBe('untracked\n');
  expect(await settled(() => leftBehind(rig))).toEqual([]);
});

it('goes on by itself when a person has merged with a merge commit of their own making, long before anyone asked', async () => {
  const slug = rig.slug('theirs');
  rig.git('stash', 'push', '-q', '--include-untracked');
  const handle = await rig.start(slug, {
    phases: [{ name: 'One', tasks: ['First'] }],
    approval: { phases: 'none', project: 'required' },
  });
  const gated = await rig.gate<ProjectStatusView>(handle);
  rig.git('merge', '-q', '--no-ff', '-m', 'I like it already', `project/${slug}/integration`);
  await handle.executeUpdate('approve', { args: [{ by: 'ann', headSha: gated.gate?.headSha }] });

  expect(await handle.result()).toMatchObject({
    status: 'done',
    mergedSha: rig.git('rev-parse', 'main'),
    pullRequest: { state: 'merged' },
  });
  expect(rig.git('log', '-1', '--format=%s', 'main')).toBe('I like it already');
  rig.git('stash', 'pop', '-q');
});

/** Path → what it is, of everything but objects and the project's refs with their logs: files, modes, links, the index, HEAD, configuration, hooks. */
function photograph(root: string): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  const look = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const from = relative(root, path);
      if (
        ['objects', 'refs', join('logs', 'refs', 'heads', 'project')].some(
          (ours) => from === join('.git', ours),
        )
      )
        continue;
      const stat = lstatSync(path);
      const content = stat.isSymbolicLink()
        ? readlinkSync(path)
        : stat.isFile()
          ? createHash('sha256').update(readFileSync(path)).digest('hex')
          : '';
      seen.set(from, [stat.mode, stat.isFile() ? stat.mtimeMs : '', content].join(' '));
      if (stat.isDirectory()) look(path);
    }
  };
  look(root);
  return seen;
}

function changesSince(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
}
