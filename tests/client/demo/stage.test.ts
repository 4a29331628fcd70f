/** The demo's stage and its closing look at the truth, on real git in a temporary folder. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, setStage, type Stage } from '../../../client/cli/demo/stage.ts';
import { type Ended, summarize } from '../../../client/cli/demo/summary.ts';

const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'demo-stage-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the stage', () => {
  it('is a bare repository with one commit of the library, beside its project and agents', async () => {
    const stage = await setStage(join(root, 'one'), { env, paceMs: 7 });

    expect(await git(stage.repository, ['rev-parse', '--is-bare-repository'], env)).toBe('true');
    expect(await git(stage.repository, ['rev-list', '--count', 'main'], env)).toBe('1');
    expect(await git(stage.repository, ['ls-tree', '--name-only', 'main'], env)).toBe(
      'README.md\npackage.json\nsrc\ntest',
    );
    expect(readFileSync(stage.projectFile, 'utf8')).toContain('repository: ./library.git');
    expect(existsSync(join(stage.dataDir, 'agents.yaml'))).toBe(true);
    expect(readFileSync(join(stage.dataDir, 'script.yaml'), 'utf8')).toContain('pace_ms: 7\n');
  });

  it('removes what a demo that is gone left, and leaves one that runs alone', async () => {
    const gone = join(root, 'two', 'run-4');
    mkdirSync(gone, { recursive: true });
    writeFileSync(join(gone, 'owner.json'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    const other = join(root, 'two', 'notes');
    mkdirSync(other);

    const first = await setStage(join(root, 'two'), { env });
    const second = await setStage(join(root, 'two'), { env });

    expect(existsSync(gone)).toBe(false);
    expect(existsSync(other)).toBe(true);
    // Both belong to this living process.
    expect([first.folder, second.folder]).toEqual([join(root, 'two', 'run-5'), join(root, 'two', 'run-6')]);
    expect(existsSync(first.repository)).toBe(true);
  });

  it('takes nothing from the git configuration of the user', async () => {
    const config = join(root, 'gitconfig');
    writeFileSync(config, '[commit]\n\tgpgsign = true\n[user]\n\tsigningkey = none\n');

    const stage = await setStage(join(root, 'three'), {
      env: { ...env, GIT_CONFIG_GLOBAL: config, GIT_DIR: '/nowhere' },
    });

    expect(await git(stage.repository, ['log', '--format=%an', 'main'], env)).toBe('Phasewright demo');
  });
});

describe('the summary', () => {
  const integration = 'project/pocket-ledger/integration';

  /** One phase with one landed task, merged into the integration branch and into main. */
  async function landed(name: string): Promise<{ readonly stage: Stage; readonly ended: Ended }> {
    const stage = await setStage(join(root, name), { env });
    const work = join(stage.folder, 'work');
    await git(stage.folder, ['clone', '--quiet', stage.repository, work], env);
    const ask = (...args: string[]) =>
      git(work, ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', ...args], env);
    await ask('switch', '--quiet', '-c', integration);
    writeFileSync(join(work, 'src', 'more.js'), 'export const more = 1;\n');
    await ask('add', '--all');
    await ask(
      'commit',
      '--quiet',
      '-m',
      'More\n\nPhasewright-Project: pocket-ledger\nPhasewright-Phase: 1\nPhasewright-Task: 1',
    );
    const commit = await ask('rev-parse', 'HEAD');
    await ask('switch', '--quiet', 'main');
    await ask('merge', '--quiet', '--no-ff', '-m', 'Merge', integration);
    await ask('push', '--quiet', 'origin', 'main', integration);
    const merged = { url: 'file:///1.md', state: 'merged' as const };
    const done = {
      number: 1,
      title: 'More',
      status: 'done' as const,
      reason: null,
      detail: '',
      attempts: 1,
      commit,
    };
    const phase = {
      number: 1,
      status: 'completed' as const,
      headSha: commit,
      pullRequest: { ...merged, number: 1 },
      tasks: [done],
    };
    return {
      stage,
      ended: { integrationBranch: integration, phases: [phase], pullRequest: { ...merged, number: 2 } },
    };
  }

  it('finds nothing wrong when every task is one commit on main and the checks pass there', async () => {
    const { stage, ended } = await landed('fine');

    const { lines, problems } = await summarize(stage, ended, env);

    expect(problems).toEqual([]);
    expect(lines).toContain('  #2 merged: the integration branch into main');
    expect(lines.at(-1)).toBe(
      'Checks on the merged main, run again in a fresh clone: node --test passed (6 tests)',
    );
  });

  it('names a task without its commit, an open pull request, a missing head and a branch that is not in main', async () => {
    const { stage, ended } = await landed('wrong');
    await git(stage.repository, ['update-ref', 'refs/heads/main', stage.first], env);
    const [phase] = ended.phases;
    if (phase?.pullRequest == null) throw new Error('the phase is missing');

    const { problems } = await summarize(
      stage,
      { ...ended, phases: [{ ...phase, pullRequest: { ...phase.pullRequest, state: 'open' } }] },
      env,
    );

    expect(problems).toEqual([
      "Task 1.1 'More' has 0 commits on main instead of one.",
      'main has 0 task commits for 1 tasks.',
      'Pull request #1 is open, not merged.',
      `The head of phase 1, ${String(phase.headSha)}, is not on main.`,
      `main does not contain ${integration}.`,
    ]);
  });

  it('says so when the checks fail on the merged main, with their output', async () => {
    const { stage, ended } = await landed('failing');
    const work = join(stage.folder, 'work');
    writeFileSync(join(work, 'test', 'broken.test.js'), "throw new Error('broken on purpose');\n");
    await git(work, ['add', '--all'], env);
    await git(
      work,
      [
        '-c',
        'user.name=Test',
        '-c',
        'user.email=test@example.invalid',
        'commit',
        '--quiet',
        '-m',
        'Break it',
      ],
      env,
    );
    await git(work, ['push', '--quiet', 'origin', 'main'], env);

    const { problems } = await summarize(stage, ended, env);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('The checks fail on the merged main:');
    expect(problems[0]).toContain('broken on purpose');
  });
});
