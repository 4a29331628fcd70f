/**
 * `phasewright demo`: a small real project from plan to merged code, with recorded edits in place of a language model.
 * Everything else is the product: its server, its worker, its commands, real git, real checks. What must stay true: it
 * ends by itself, leaves no process behind (unless `--keep`), and its exit code says whether all was as it should be.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, loadConfig } from '../../config/load.ts';
import { resolveServer, type StartedServer } from '../../temporal/connection.ts';
import { showProgress, terminalForProgress } from '../../temporal/progress.ts';
import { PhasewrightError } from '../errors.ts';
import { createPhasewrightClient, type PhasewrightClient } from '../phasewright-client.ts';
import type { ProjectStatus } from '../status-view.ts';
import { answerTo, commandLine } from './demo/person.ts';
import { setStage, type Stage } from './demo/stage.ts';
import { type StoryLine, tell } from './demo/story.ts';
import { summarize } from './demo/summary.ts';
import {
  type BackgroundWorker,
  type ProgramEnvironment,
  runProgram,
  startBackgroundWorker,
} from './processes.ts';

export interface DemoOptions {
  /** Leave server and worker up, to explore. */
  readonly keep?: boolean | undefined;
  /** The data folder under which the demo keeps a folder of its own; default: PHASEWRIGHT_HOME, else ~/.phasewright. */
  readonly home?: string | undefined;
  /** Milliseconds before each recorded edit; default: as examples/script.yaml says. */
  readonly pace?: number | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

const SLUG = 'pocket-ledger';
const LOOK_EVERY_MS = 150;
/** Recorded edits take seconds; longer without any change means that something hangs. */
const GIVE_UP_AFTER_MS = 180_000;

/** Something isn't as it should be; the message says what. */
class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}

/** What runs, so that it can be stopped whatever happens. */
interface Running {
  server?: StartedServer;
  worker?: BackgroundWorker;
  phasewright?: PhasewrightClient;
}

/** Resolves to the exit code: 0 if everything was as it should be, 1 if not, 130 after Ctrl-C. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const began = Date.now();
  const write = options.say ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const say = (line: string): void =>
    write(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupt);
  const running: Running = {};
  let keep = false;
  try {
    const problems = await play(options, running, { say, write, signal: interrupted.signal });
    keep = options.keep === true;
    for (const problem of problems) say(`NOT AS IT SHOULD BE: ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) {
      say('Interrupted.');
      return 130;
    }
    say(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await running.phasewright?.close();
    if (!keep) await stop(running, say);
    for (const name of signals) process.off(name, interrupt);
  }
}

interface Stagehand {
  readonly say: (line: string) => void;
  /** Without the time. */
  readonly write: (line: string) => void;
  readonly signal: AbortSignal;
}

async function play(options: DemoOptions, running: Running, hand: Stagehand): Promise<readonly string[]> {
  const { say, signal } = hand;
  const config = loadConfig({ flags: { dataDir: options.home } });
  const stage = await setStage(join(config.dataDir, 'demo'), {
    env: config.environment,
    paceMs: options.pace,
    say,
  });
  say(
    'Recorded edits stand in for a language model here; server, worker, commands, git and checks are real.',
  );
  say(`A fresh repository with a small library and its tests: ${stage.repository}`);
  const env = await environmentFor(config, stage);

  const own: Config = { ...config, dataDir: stage.dataDir, temporal: ownServer };
  running.server = await resolveServer(own, { log: say, start: true });
  signal.throwIfAborted();
  const progress = showProgress({ log: say, what: 'Starting a worker', terminal: terminalForProgress() });
  running.worker = await startBackgroundWorker({ env, logFile: stage.workerLog, signal }).finally(() =>
    progress.end(),
  );
  say(`A worker polls (process ${running.worker.pid}, log ${stage.workerLog}).`);
  running.phasewright = await createPhasewrightClient({ config: own }, { tell: say });
  if (running.server.uiUrl !== null) say(`Watch it in the Web UI: ${webUi(running.server.uiUrl)}`);

  await command(['start', stage.projectFile], { env, hand });
  const ended = await follow(running.phasewright, { env, hand, stage });
  const summary = await summarize(stage, ended, env);

  say(`Done: '${ended.name}' is on main, after ${rejections(ended)}.`);
  for (const line of summary.lines) hand.write(line);
  hand.write(
    `Web UI: ${running.server.uiUrl === null ? 'none' : webUi(running.server.uiUrl)}${options.keep === true ? '' : ' (stops with the demo; --keep leaves it up)'}`,
  );
  hand.write(`Repository: ${stage.repository}${options.keep === true ? '' : ' (the next demo removes it)'}`);
  if (options.keep === true) explain(stage, running, hand);
  return summary.problems;
}

/** Never a server that the environment or a profile names: the demo has its own. */
const ownServer: Config['temporal'] = {
  address: undefined,
  namespace: 'default',
  connectionOptions: {},
  addressFrom: undefined,
};

/** For worker and commands: the demo's data folder, nobody's Temporal settings, and this very Node for `node --test`. */
async function environmentFor(config: Config, stage: Stage): Promise<ProgramEnvironment> {
  const noProfile = join(stage.folder, 'no-profile.toml');
  await writeFile(noProfile, '[profile.default]\n');
  const inherited = Object.entries(config.environment).filter(
    ([name]) => !name.startsWith('TEMPORAL_') && name !== 'PHASEWRIGHT_AGENTS',
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: [dirname(process.execPath), config.searchPath].join(delimiter),
    PHASEWRIGHT_HOME: stage.dataDir,
    PHASEWRIGHT_CACHE: config.cacheDir,
    TEMPORAL_CONFIG_FILE: noProfile,
  };
}

interface Scene {
  readonly env: ProgramEnvironment;
  readonly hand: Stagehand;
}

/** A public command, as a person would type it: echoed, with its output. Throws if it fails. */
async function command(args: readonly string[], { env, hand }: Scene): Promise<void> {
  const { say, write, signal } = hand;
  say(`$ ${commandLine(args)}`);
  const ran = await runProgram('client/cli/main', args, {
    env,
    signal,
    onLine: (line) => write(line === '' ? '' : `          ${line}`),
  });
  if (ran.exitCode !== 0)
    throw new DemoFailed(`'${commandLine(args)}' ended with exit code ${ran.exitCode}.`);
}

/** Tells every change and answers every gate until the project has ended. */
async function follow(
  phasewright: PhasewrightClient,
  scene: Scene & { readonly stage: Stage },
): Promise<ProjectStatus> {
  const { hand, stage } = scene;
  const answered = new Set<string>();
  let before: ProjectStatus | null = null;
  for (let changedAt = Date.now(), saidAt = changedAt; ; ) {
    hand.signal.throwIfAborted();
    const now = await lookAgain(phasewright, hand.signal);
    const lines = tell(before, now);
    for (const line of lines) {
      await tellFeedback(line, stage, hand);
      hand.say(line.text);
    }
    if (lines.length > 0) changedAt = saidAt = Date.now();
    before = now;
    // Done is said before the clean-up; the end comes after it.
    if (now.condition === 'done' && now.endedAt !== null) return now;
    if (now.condition === 'failed' || now.condition === 'cancelled')
      throw new DemoFailed(
        `the project is ${now.condition}: ${now.waitingFor ?? 'no reason given'}. The worker's log: ${stage.workerLog}`,
      );

    const verdict = answerTo(now, answered);
    if (verdict !== undefined) {
      answered.add(verdict.gateId);
      hand.say(`A person ${verdict.action === 'approve' ? 'approves' : 'rejects'} gate ${verdict.gateId}:`);
      await command(verdict.args, scene);
      changedAt = saidAt = Date.now();
      continue;
    }
    if (Date.now() - changedAt > GIVE_UP_AFTER_MS)
      throw new DemoFailed(
        `nothing changed for ${GIVE_UP_AFTER_MS / 1000} s. The worker's log: ${stage.workerLog}`,
      );
    if (Date.now() - saidAt > 2_000) {
      hand.say('… still at work');
      saidAt = Date.now();
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: hand.signal });
  }
}

/** A busy machine may leave a question unanswered once; it is asked again. */
async function lookAgain(phasewright: PhasewrightClient, signal: AbortSignal): Promise<ProjectStatus> {
  for (let tries = 1; ; tries += 1) {
    try {
      const status = await phasewright.status(SLUG);
      if (status.kind === 'project' && status.source === 'live') return status;
      if (tries >= 20) throw new DemoFailed(`no worker answers for '${SLUG}'.`);
    } catch (error) {
      const passing =
        error instanceof PhasewrightError &&
        (error.code === 'NoWorker' || error.code === 'ServerUnavailable');
      if (tries >= 20 || !passing) throw error;
    }
    await sleep(500, undefined, { signal });
  }
}

/** Why there is another attempt: what the gatekeeper wrote about the one before, from the artifacts of that attempt. */
async function tellFeedback({ retried }: StoryLine, { dataDir }: Stage, { say }: Stagehand): Promise<void> {
  if (retried === undefined) return;
  const { phase, task, attempt } = retried;
  const artifact = join(
    dataDir,
    'artifacts',
    SLUG,
    String(phase),
    String(task),
    String(attempt - 1),
    'gatekeeper.result.json',
  );
  const text = await readFile(artifact, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const { result } = JSON.parse(text) as {
    readonly result: { readonly decision?: string; readonly comments?: readonly string[] };
  };
  if (result.decision !== 'reject') return;
  say(
    `Task ${phase}.${task}: the gatekeeper rejects attempt ${attempt - 1}. Its feedback goes into the next prompt:`,
  );
  for (const comment of result.comments ?? []) say(`  > ${comment}`);
}

function rejections({ phases, decisions }: Pick<ProjectStatus, 'phases' | 'decisions'>): string {
  const byJudges = phases
    .flatMap(({ tasks }) => tasks)
    .reduce((sum, task) => sum + Math.max(0, task.attempts - 1), 0);
  const byPeople = decisions.filter(({ action }) => action === 'reject').length;
  return `${byJudges} rejection by the gatekeeper and ${byPeople} by a person`;
}

const webUi = (url: string): string => `${url}/namespaces/default/workflows/project.${SLUG}`;

function explain(stage: Stage, { server, worker }: Running, { write }: Stagehand): void {
  const home = `--home ${stage.dataDir}`;
  const pids = [worker?.pid, server?.embedded?.pid].filter((pid) => pid !== undefined).join(' ');
  for (const line of [
    "Server and worker stay up. To explore (write 'npm run -s phasewright --' or 'npx phasewright' for phasewright):",
    `  phasewright status ${SLUG} ${home}`,
    `  phasewright logs ${SLUG} ${home}`,
    `  phasewright pr list ${SLUG} ${home}`,
    `  git clone ${stage.repository}`,
    `To stop them: kill ${pids}`,
  ]) {
    write(line);
  }
}

async function stop({ server, worker }: Running, say: (line: string) => void): Promise<void> {
  const progress = showProgress({
    log: say,
    what: 'Stopping worker and server',
    terminal: terminalForProgress(),
  });
  try {
    await worker?.stop();
    await server?.embedded?.stop();
  } finally {
    progress.end();
  }
}
