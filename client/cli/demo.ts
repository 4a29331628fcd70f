/**
 * `phasewright demo`: a small real project from plan to merged code, with recorded edits in place of a language model.
 * Everything else is the product: its server, its worker, its commands, real git, real checks. What must stay true: it
 * ends by itself, leaves no process behind (unless `--keep`), and its exit code says whether all was as it should be.
 */
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type Config, loadConfig } from '../../config/load.ts';
import { resolveServer, type StartedServer } from '../../temporal/connection.ts';
import { showProgress, terminalForProgress } from '../../temporal/progress.ts';
import { createPhasewrightClient, type PhasewrightClient } from '../phasewright-client.ts';
import type { ProjectStatus } from '../status-view.ts';
import { setStage, SLUG, type Stage } from './demo/stage.ts';
import { summarize } from './demo/summary.ts';
import { command, type Stagehand, watchProject } from './demo/watch-project.ts';
import { type BackgroundWorker, type ProgramEnvironment, startBackgroundWorker } from './processes.ts';

export interface DemoOptions {
  /** Leave server and worker up, to explore. */
  readonly keep?: boolean | undefined;
  /** The data folder under which the demo keeps a folder of its own; default: PHASEWRIGHT_HOME, else ~/.phasewright. */
  readonly home?: string | undefined;
  /** Milliseconds before each recorded edit; default: as examples/script.yaml says. */
  readonly pace?: number | undefined;
  readonly say?: ((line: string) => void) | undefined;
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

  // The environment is not enumerable.
  const own: Config = {
    ...config,
    environment: config.environment,
    dataDir: stage.dataDir,
    temporal: ownServer,
  };
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
  const ended = await watchProject(running.phasewright, { env, hand, stage });
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
