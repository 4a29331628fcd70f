/**
 * Setup and checks, run by the orchestrator. What must stay true: checks count only for the exact tree they were asked
 * for, checked out clean before the first command and unchanged after the last.
 */
import type { CheckEvidence } from '../../domain/model/checks.ts';
import { attemptPath, hiddenRef } from '../../domain/names/git-refs.ts';
import { formatDuration } from '../../domain/text/duration.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import type { Artifacts } from '../artifacts/port.ts';
import type { Git } from '../git/port.ts';
import type { ActivityRun } from '../support/define-activity.ts';
import { faultPoint } from '../support/fault-points.ts';
import { endOf, plainOutput } from '../support/output.ts';
import { killLeftovers } from '../support/process-records.ts';
import type { ChecksResult, RunChecksRequest, RunChecksResult, RunSetupRequest } from './contract.ts';
import type { CheckRunner } from './port.ts';
import { forgetSetup, isSetUp, rememberSetup, setupState } from './setup-state.ts';

export interface ChecksDependencies {
  readonly git: Pick<Git, 'worktreePath' | 'prepare' | 'matches' | 'snapshot' | 'changedFiles' | 'tree'>;
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

/** Safe to repeat: commands start over in the worktree; a setup that succeeded is recorded and not run again. */
export async function runSetup(
  dependencies: ChecksDependencies,
  request: RunSetupRequest,
  run: ActivityRun,
): Promise<ChecksResult> {
  const result = await setUp(dependencies, request, run);
  await faultPoint('runSetup', 'effect');
  return result;
}

/** Only when a manifest, a lockfile or the commands differ from the last success here. */
async function setUp(
  dependencies: ChecksDependencies,
  request: RunSetupRequest,
  run: ActivityRun,
): Promise<ChecksResult> {
  const { git, dataDir } = dependencies;
  const worktree = git.worktreePath(request.workspace);
  const { owner } = request.workspace;
  if (request.commands.length === 0) return nothingToRun;
  const state = await setupState(worktree, request.commands);
  if (await isSetUp(dataDir, owner, worktree, state)) return nothingToRun;
  await forgetSetup(dataDir, owner);
  const result = await runAll(dependencies, request, `${attemptPath(request.key)}/setup.log`, run);
  if (result.passed) await rememberSetup(dataDir, owner, worktree, state);
  return result;
}

/**
 * Safe to repeat: the tree is checked out clean again and every command runs again, with a log of its own. `isReady`: it has just been
 * committed from this worktree, which therefore holds it and nothing else.
 */
export async function runChecks(
  dependencies: ChecksDependencies,
  request: RunChecksRequest,
  run: ActivityRun,
  isReady = false,
): Promise<RunChecksResult> {
  const { git, dataDir } = dependencies;
  const { workspace, branch, sha, key } = request;
  const tree = await git.tree(workspace.repository, sha);
  if (request.commands.length === 0) return { ...nothingToRun, tree };
  await killLeftovers(dataDir, { scope: git.worktreePath(workspace) });
  if (!isReady) await git.prepare(workspace, { branch, startSha: sha, keepChanges: false });
  // The candidate may have changed what it depends on; a rebase may have brought such a change.
  const ready = await setUp(dependencies, { ...request, commands: request.setup }, run);
  if (!ready.passed)
    return { ...ready, tree, checks: [], report: `the setup for the checks failed: ${ready.report}` };
  const ran = await runAll(dependencies, request, `${attemptPath(key)}/checks.log`, run);
  const result = { ...ran, tree, elapsedMs: ran.elapsedMs + ready.elapsedMs };
  await faultPoint('runChecks', 'effect');
  if (!result.passed || (await git.matches(workspace, sha))) return result;
  return { ...result, passed: false, report: await changedFilesReport(git, request) };
}

async function changedFilesReport(
  git: ChecksDependencies['git'],
  { workspace, branch, sha }: RunChecksRequest,
): Promise<string> {
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

/** One after another until one fails, with one limit for all of them together. */
async function runAll(
  { git, artifacts, dataDir, runner }: ChecksDependencies,
  { workspace, commands, timeoutMs }: Pick<RunSetupRequest, 'workspace' | 'commands' | 'timeoutMs'>,
  log: string,
  { signal, say }: ActivityRun,
): Promise<ChecksResult> {
  const worktree = git.worktreePath(workspace);
  await killLeftovers(dataDir, { scope: worktree });
  const artifact = await artifacts.unused(log);
  const logFile = await artifacts.path(artifact);
  const begun = Date.now();
  const checks: CheckEvidence[] = [];
  const finish = (failure?: { readonly report: string; readonly timedOut: boolean }): ChecksResult => ({
    passed: failure === undefined,
    timedOut: failure?.timedOut ?? false,
    elapsedMs: Date.now() - begun,
    checks,
    report: failure?.report ?? '',
    artifact,
  });
  for (const command of commands) {
    say({ doing: command.slice(0, 200), since: new Date().toISOString() });
    const left = Math.max(1, timeoutMs - (Date.now() - begun));
    const ran = await runner.run({ command, worktree, timeoutMs: left, logFile }, signal);
    signal.throwIfAborted();
    const passed = ran.exitCode === 0 && !ran.timedOut;
    checks.push({ command, passed, exitCode: ran.exitCode, elapsedMs: ran.elapsedMs });
    if (passed) continue;
    const detail = ran.timedOut
      ? `was ended: ${commands.length > 1 ? 'the commands together' : 'it'} did not finish within ${formatDuration(timeoutMs)}`
      : ran.detail;
    return finish({ report: failureReport(command, detail, ran.tail), timedOut: ran.timedOut });
  }
  return finish();
}

function failureReport(command: string, detail: string, tail: string): string {
  const output = endOf(plainOutput(tail).trim(), reportBytes);
  const end = output === '' ? ' It printed nothing.' : ` The end of its output:\n${output}`;
  return `\`${command.slice(0, 500)}\` ${detail}.${end}`;
}
