/** What the demo came to, read from git and from a fresh run of the checks, not from what anybody said. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { PullRequestRef } from '../../../domain/model/pull-request.ts';
import type { PhaseView } from '../../../domain/views/status.ts';
import { git, type Stage } from './stage.ts';

export interface Ended {
  readonly integrationBranch: string;
  readonly phases: readonly Pick<PhaseView, 'number' | 'status' | 'headSha' | 'pullRequest' | 'tasks'>[];
  readonly pullRequest: PullRequestRef | null;
}

export interface Summary {
  readonly lines: readonly string[];
  /** What isn't as it should be; empty: all is well. */
  readonly problems: readonly string[];
}

interface Commit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly phase: string;
  readonly task: string;
  readonly subject: string;
}

export async function summarize(
  stage: Stage,
  ended: Ended,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Summary> {
  const { repository, first } = stage;
  const ask = (...args: string[]) => git(repository, args, env);
  const commits = (await ask('log', '--topo-order', '--reverse', `--format=${format}`, `${first}..main`))
    .split('\n')
    .filter((line) => line !== '')
    .map(toCommit);
  const branches = (
    await ask('for-each-ref', '--format=%(objectname:short=10) %(refname:short)', 'refs/heads')
  ).split('\n');
  const hidden = await ask('for-each-ref', 'refs/phasewright');
  const files = await ask('diff', '--shortstat', first, 'main');
  const contains = async (sha: string): Promise<boolean> =>
    ask('merge-base', '--is-ancestor', sha, 'main').then(
      () => true,
      () => false,
    );
  const checks = await runChecks(stage, env);

  const problems = [
    ...tasksProblems(ended, commits),
    ...pullRequestProblems(ended),
    ...(await missing(ended, contains)),
    ...((await contains(ended.integrationBranch))
      ? []
      : [`main does not contain ${ended.integrationBranch}.`]),
    ...(hidden === '' ? [] : [`Hidden refs were left in the repository: ${hidden.split('\n').join(', ')}.`]),
    ...(checks.passed ? [] : [`The checks fail on the merged main:\n${checks.output}`]),
  ];
  const merges = commits.filter(({ parents }) => parents.length > 1);
  const lines = [
    'Branches',
    ...branches.map((line) => `  ${line}`),
    'Pull requests',
    ...pullRequests(ended).map(({ of, ref }) => `  #${ref.number} ${ref.state}: ${of}`),
    'Commits on main: one per task',
    ...commits
      .filter(isTask)
      .map(
        ({ sha, phase, task, subject }) => `  ${sha.slice(0, 10)} phase ${phase}, task ${task}: ${subject}`,
      ),
    `  and ${merges.length} merge commits;${files}`,
    `Checks on the merged main, run again in a fresh clone: node --test ${checks.passed ? 'passed' : 'FAILED'}${checks.count === '' ? '' : ` (${checks.count} tests)`}`,
  ];
  return { lines, problems };
}

const format =
  '%H%x09%P%x09%(trailers:key=Phasewright-Phase,valueonly,separator=%x2C)%x09%(trailers:key=Phasewright-Task,valueonly,separator=%x2C)%x09%s';

function toCommit(line: string): Commit {
  const [sha = '', parents = '', phase = '', task = '', subject = ''] = line.split('\t');
  return { sha, parents: parents.split(' '), phase, task, subject };
}

const isTask = ({ parents, task }: Commit): boolean => parents.length === 1 && task !== '';

function tasksProblems({ phases }: Ended, commits: readonly Commit[]): string[] {
  const tasks = phases.flatMap((phase) => phase.tasks.map((task) => ({ ...task, phase: phase.number })));
  const problems = tasks.flatMap(({ phase, number, title, status, commit }) => {
    const landed = commits.filter(
      (each) => isTask(each) && each.phase === String(phase) && each.task === String(number),
    );
    if (status !== 'done') return [`Task ${phase}.${number} '${title}' is ${status}.`];
    if (landed.length !== 1)
      return [`Task ${phase}.${number} '${title}' has ${landed.length} commits on main instead of one.`];
    return landed[0]?.sha === commit
      ? []
      : [
          `Task ${phase}.${number} '${title}' is said to be ${String(commit)}, but ${String(landed[0]?.sha)} is on main.`,
        ];
  });
  const count = commits.filter(isTask).length;
  return count === tasks.length
    ? problems
    : [...problems, `main has ${count} task commits for ${tasks.length} tasks.`];
}

/** A merged pull request's head is on main, whatever the code host says. */
async function missing({ phases }: Ended, contains: (sha: string) => Promise<boolean>): Promise<string[]> {
  const problems: string[] = [];
  for (const { number, headSha } of phases) {
    if (headSha === null || !(await contains(headSha)))
      problems.push(`The head of phase ${number}, ${String(headSha)}, is not on main.`);
  }
  return problems;
}

function pullRequests({
  phases,
  pullRequest,
}: Ended): { readonly of: string; readonly ref: PullRequestRef }[] {
  const ofPhases = phases.flatMap((phase) =>
    phase.pullRequest === null
      ? []
      : [{ of: `phase ${phase.number} into the integration branch`, ref: phase.pullRequest }],
  );
  return pullRequest === null
    ? ofPhases
    : [...ofPhases, { of: 'the integration branch into main', ref: pullRequest }];
}

function pullRequestProblems(ended: Ended): string[] {
  const found = pullRequests(ended);
  const wanted = ended.phases.length + 1;
  const open = found
    .filter(({ ref }) => ref.state !== 'merged')
    .map(({ ref }) => `Pull request #${ref.number} is ${ref.state}, not merged.`);
  return found.length === wanted
    ? open
    : [...open, `There are ${found.length} pull requests instead of ${wanted}.`];
}

/** In a fresh clone of main, with nothing of this process's environment that a test runner could notice. */
async function runChecks(
  stage: Stage,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ passed: boolean; output: string; count: string }> {
  const clone = join(stage.folder, 'merged');
  await git(stage.folder, ['clone', '--quiet', '--branch', 'main', stage.repository, clone], env);
  return new Promise((resolve) => {
    execFile(
      'node',
      // Ends with the failures, if there are any.
      ['--test', '--test-reporter=spec'],
      { cwd: clone, env: { PATH: env['PATH'], HOME: env['HOME'] }, timeout: 120_000 },
      (error, stdout, stderr) => {
        const count = /^ℹ pass (\d+)$/m.exec(stdout)?.[1] ?? '';
        resolve({
          passed: error === null,
          output: `${stdout}${stderr}`.trimEnd().split('\n').slice(-30).join('\n'),
          count,
        });
      },
    );
  });
}
