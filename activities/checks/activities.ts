/**
 * Setup and checks, run by the orchestrator. What must stay true: checks count only for the exact tree they were asked
 * for, checked out clean before the first command and unchanged after the last.
 */
import { rm } from 'node:fs/promises';
import type { CheckEvidence } from '../../domain/model/checks.ts';
import type { ChecksActivities, ChecksResult, RunChecksRequest, RunSetupRequest } from './contract.ts';
import { formatDuration } from '../../domain/text/duration.ts';
import { attemptPath, hiddenRef } from '../../domain/names/git-refs.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import type { Artifacts } from '../artifacts/port.ts';
import type { Git } from '../git/port.ts';
import { surfaceErrors } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { withHeartbeat } from '../support/heartbeat.ts';
import { endOf, plainOutput } from '../support/output.ts';
import { killLeftovers } from '../support/process-records.ts';
import type { CheckRunner } from './port.ts';
import { forgetSetup, isSetUp, rememberSetup, setupState } from './setup-state.ts';

export interface ChecksDependencies {
  readonly git: Pick<Git, 'worktreePath' | 'prepare' | 'matches' | 'snapshot' | 'changedFiles'>;
  readonly artifacts: Artifacts;
  readonly dataDir: string;
  readonly runner: CheckRunner;
}

const reportBytes = 4 * 1024;
const nothingToRun: ChecksResult = {
  passed: true,
  timedOut: false,
  elapsedMs: 0,
  checks: [],
  report: '',
  artifact: null,
};

export function createChecksActivities(dependencies: ChecksDependencies): ChecksActivities {
  const { git, artifacts, dataDir, runner } = dependencies;

  /** Safe to repeat: commands start over in the worktree; a setup that succeeded is recorded and not run again. */
  async function runSetup(request: RunSetupRequest): Promise<ChecksResult> {
    await faultPoint('runSetup', 'before');
    const result = await setUp('runSetup', request);
    await faultPoint('runSetup', 'effect');
    await faultPoint('runSetup', 'result');
    return result;
  }

  /** Only when a manifest, a lockfile or the commands differ from the last success here. */
  async function setUp(activity: 'runSetup' | 'runChecks', request: RunSetupRequest): Promise<ChecksResult> {
    const worktree = git.worktreePath(request.workspace);
    const { owner } = request.workspace;
    if (request.commands.length === 0) return nothingToRun;
    const state = await setupState(worktree, request.commands);
    if (await isSetUp(dataDir, owner, worktree, state)) return nothingToRun;
    await forgetSetup(dataDir, owner);
    const result = await runAll(activity, worktree, request, `${attemptPath(request.key)}/setup.log`);
    if (result.passed) await rememberSetup(dataDir, owner, worktree, state);
    return result;
  }

  /** Safe to repeat: the tree is checked out clean again and every command runs again; the log is replaced. */
  async function runChecks(request: RunChecksRequest): Promise<ChecksResult> {
    await faultPoint('runChecks', 'before');
    if (request.commands.length === 0) return nothingToRun;
    const worktree = git.worktreePath(request.workspace);
    await killLeftovers(dataDir, { scope: worktree });
    await git.prepare(request.workspace, {
      branch: request.branch,
      startSha: request.sha,
      keepChanges: false,
    });
    // The candidate may have changed what it depends on; a rebase may have brought such a change.
    const ready = await setUp('runChecks', { ...request, commands: request.setup });
    if (!ready.passed)
      return { ...ready, checks: [], report: `the setup for the checks failed: ${ready.report}` };
    const ran = await runAll('runChecks', worktree, request, `${attemptPath(request.key)}/checks.log`);
    const result = { ...ran, elapsedMs: ran.elapsedMs + ready.elapsedMs };
    await faultPoint('runChecks', 'effect');
    const changed = result.passed && !(await git.matches(request.workspace, request.sha));
    const judged = changed ? { ...result, passed: false, report: await changedFilesReport(request) } : result;
    await faultPoint('runChecks', 'result');
    return judged;
  }

  async function changedFilesReport({ workspace, branch, sha }: RunChecksRequest): Promise<string> {
    const which = await git
      .snapshot(workspace, { branch, startSha: sha }, hiddenRef(workspace.owner, 'checks'))
      .then(({ tree }) => git.changedFiles(workspace.repository, sha, tree))
      // It only names them: what the commands did to git itself may make that impossible.
      .catch(() => ({ files: [] }));
    const names = which.files.slice(0, 20).map((file) => escapeControls(file));
    const more = which.files.length > names.length ? ` and ${which.files.length - names.length} more` : '';
    const list = names.length === 0 ? 'which ones could not be read' : `${names.join(', ')}${more}`;
    return `the checks changed tracked files: ${list}. After the last command the worktree no longer equals ${sha.slice(0, 12)}, so what was checked is not what would land. Commit what the commands generate, let them write to ignored files, or run them in their read-only form (for example with --check).`;
  }

  async function runAll(
    activity: 'runSetup' | 'runChecks',
    worktree: string,
    request: Pick<RunSetupRequest, 'commands' | 'timeoutMs'>,
    artifact: string,
  ): Promise<ChecksResult> {
    await killLeftovers(dataDir, { scope: worktree });
    const logFile = await artifacts.path(artifact);
    await rm(logFile, { force: true });
    const begun = Date.now();
    let doing = '';
    return withHeartbeat(
      activity,
      () => ({ doing, seconds: Math.round((Date.now() - begun) / 1000) }),
      async (signal) => {
        const checks: CheckEvidence[] = [];
        const finish = (failure?: { readonly report: string; readonly timedOut: boolean }): ChecksResult => ({
          passed: failure === undefined,
          timedOut: failure?.timedOut ?? false,
          elapsedMs: Date.now() - begun,
          checks,
          report: failure?.report ?? '',
          artifact,
        });
        for (const command of request.commands) {
          doing = command.slice(0, 200);
          // One limit for all of them together.
          const left = request.timeoutMs - (Date.now() - begun);
          const run = await runner.run({ command, worktree, timeoutMs: Math.max(1, left), logFile }, signal);
          signal.throwIfAborted();
          const passed = run.exitCode === 0 && !run.timedOut;
          checks.push({ command, passed, exitCode: run.exitCode, elapsedMs: run.elapsedMs });
          if (passed) continue;
          const detail = run.timedOut
            ? `was ended: ${request.commands.length > 1 ? 'the commands together' : 'it'} did not finish within ${formatDuration(request.timeoutMs)}`
            : run.detail;
          return finish({ report: failureReport(command, detail, run.tail), timedOut: run.timedOut });
        }
        return finish();
      },
    );
  }

  return {
    runSetup: (request) => surfaceErrors(() => runSetup(request)),
    runChecks: (request) => surfaceErrors(() => runChecks(request)),
  };
}

function failureReport(command: string, detail: string, tail: string): string {
  const output = endOf(plainOutput(tail).trim(), reportBytes);
  const end = output === '' ? ' It printed nothing.' : ` The end of its output:\n${output}`;
  return `\`${command.slice(0, 500)}\` ${detail}.${end}`;
}
