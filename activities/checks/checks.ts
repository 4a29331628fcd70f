/**
 * Setup and checks, run by the orchestrator. What must stay true: checks count only for the exact commit they were asked for, in a
 * checkout of their own where nothing lies but it and what setup made there, and which equals it after the last command.
 */
import type { CheckEvidence } from '../../domain/model/checks.ts';
import { attemptPath } from '../../domain/names/git-refs.ts';
import { formatDuration } from '../../domain/text/duration.ts';
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
  readonly git: Pick<
    Git,
    | 'worktreePath'
    | 'checksPath'
    | 'aroundSetup'
    | 'keepsSetup'
    | 'checkOut'
    | 'keepSetup'
    | 'changedSince'
    | 'tree'
  >;
  readonly artifacts: Artifacts;
  readonly dataDir: string;
  readonly runner: CheckRunner;
  readonly setUps: SetUps;
}

/** What the setup in a checkout was made for, by its path: known to this process alone, as what setup made there is. */
export type SetUps = Map<string, string>;

const reportBytes = 4 * 1024;
const nothingToRun: ChecksResult = {
  passed: true,
  timedOut: false,
  elapsedMs: 0,
  checks: [],
  report: '',
  artifact: null,
};

/** Safe to repeat: commands start over in the agent's clone; a setup that succeeded is recorded and not run again. */
export async function runSetup(
  dependencies: ChecksDependencies,
  request: RunSetupRequest,
  run: ActivityRun,
): Promise<ChecksResult> {
  const result = await setUpClone(dependencies, request, run);
  await faultPoint('runSetup', 'effect');
  return result;
}

/** Only when a manifest, a lockfile or the commands differ from the last success here, or what it made is gone. */
async function setUpClone(
  dependencies: ChecksDependencies,
  request: RunSetupRequest,
  run: ActivityRun,
): Promise<ChecksResult> {
  const { git, dataDir } = dependencies;
  const { workspace, commands, key } = request;
  if (commands.length === 0) return nothingToRun;
  const worktree = git.worktreePath(workspace);
  const state = await setupState(worktree, commands);
  if ((await isSetUp(dataDir, workspace.owner, worktree, state)) && (await git.keepsSetup(workspace)))
    return nothingToRun;
  await forgetSetup(dataDir, workspace.owner);
  const log = `${attemptPath(key)}/setup.log`;
  const result = await git.aroundSetup(workspace, () => runAll(dependencies, worktree, request, log, run));
  if (result.passed) await rememberSetup(dataDir, workspace.owner, worktree, state);
  return result;
}

/** Safe to repeat: the commit is checked out again and every command runs again, with a log of its own. */
export async function runChecks(
  dependencies: ChecksDependencies,
  request: RunChecksRequest,
  run: ActivityRun,
): Promise<RunChecksResult> {
  const { git } = dependencies;
  const { workspace, sha, key } = request;
  const tree = await git.tree(workspace.repository, sha);
  if (request.commands.length === 0) return { ...nothingToRun, tree };
  const ready = await setUpCheckout(dependencies, request, run);
  if (!ready.passed)
    return { ...ready, tree, checks: [], report: `the setup for the checks failed: ${ready.report}` };
  const log = `${attemptPath(key)}/checks.log`;
  const ran = await runAll(dependencies, git.checksPath(workspace), request, log, run);
  const result = { ...ran, tree, elapsedMs: ran.elapsedMs + ready.elapsedMs };
  await faultPoint('runChecks', 'effect');
  const changed = result.passed ? await git.changedSince(workspace, sha) : [];
  return changed.length === 0 ? result : { ...result, passed: false, report: changedReport(changed, sha) };
}

/** The commit, and beside it what the project's setup makes of it. */
async function setUpCheckout(
  dependencies: ChecksDependencies,
  request: RunChecksRequest,
  run: ActivityRun,
): Promise<ChecksResult> {
  const { git, dataDir, setUps } = dependencies;
  const { workspace, branch, sha, key, setup: commands } = request;
  const path = git.checksPath(workspace);
  await killLeftovers(dataDir, { scope: path });
  const kept = await git.checkOut(workspace, { branch, sha });
  if (commands.length === 0) {
    if (kept) await git.checkOut(workspace, { branch, sha, anew: true });
    return nothingToRun;
  }
  const { digest } = await setupState(path, commands);
  if (kept && setUps.get(path) === digest) return nothingToRun;
  setUps.delete(path);
  if (kept) await git.checkOut(workspace, { branch, sha, anew: true });
  const log = `${attemptPath(key)}/setup.log`;
  const result = await runAll(dependencies, path, { ...request, commands }, log, run);
  if (!result.passed) return result;
  await git.keepSetup(workspace, { branch, sha });
  setUps.set(path, digest);
  return result;
}

function changedReport(files: readonly string[], sha: string): string {
  const named = files.slice(0, 20);
  const more = files.length > named.length ? ` and ${files.length - named.length} more` : '';
  return `the checks changed tracked files: ${named.join(', ')}${more}. After the last command the checkout no longer equals ${sha.slice(0, 12)}, so what was checked is not what would land. Commit what the commands generate, let them write to other files, or run them in their read-only form (for example with --check).`;
}

/** One after another until one fails, with one limit for all of them together. */
async function runAll(
  { artifacts, dataDir, runner }: ChecksDependencies,
  worktree: string,
  { commands, timeoutMs }: Pick<RunSetupRequest, 'commands' | 'timeoutMs'>,
  log: string,
  { signal, say }: ActivityRun,
): Promise<ChecksResult> {
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
