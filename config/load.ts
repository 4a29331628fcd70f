/**
 * Reads the settings: the only place that looks at the process's environment. Flags win over variables, variables over
 * Temporal's profile, that over defaults; everything that is wrong is said in one error.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ContainmentKind } from '../activities/support/containment/enclosure.ts';
import { PortError } from '../activities/support/port-error.ts';
import type { CodeHostKind } from '../domain/code-host/kinds.ts';
import { didYouMean, problemsText } from '../domain/yaml/problem.ts';
import { type GitSettings, readGit } from './git.ts';
import { type CodeHosts, readCodeHosts } from './code-hosts.ts';
import { defaultKeptLimits, type KeptLimits } from '../domain/model/kept-limits.ts';
import { type ChangeLimits, defaultChangeLimits } from '../domain/model/quota.ts';
import { endSentence } from '../domain/text/sentence.ts';
import { type Environment, type Flags, readSettings } from './given.ts';
import { isKnownVariable, type LogLevel, settingNames, settings } from './schema.ts';
import { readTemporal, type TemporalSettings } from './temporal.ts';

export type { Environment, Flags } from './given.ts';

export interface Config {
  /** Absolute; exists, for this user only. */
  readonly dataDir: string;
  /** Absolute; may not exist yet. */
  readonly cacheDir: string;
  readonly temporal: TemporalSettings;
  /** Absolute; undefined: there is no agents file. */
  readonly agentsFile: string | undefined;
  /** Git filters that a worker may run. */
  readonly filters: readonly string[];
  /** Names of the variables that setup and checks get of this environment. */
  readonly checkEnv: readonly string[];
  /** How much of a change an agent may leave. */
  readonly changeLimits: ChangeLimits;
  /** How many clones and checkouts this host keeps for later projects. */
  readonly keptLimits: KeptLimits;
  readonly git: GitSettings;
  /** Whether projects without approval are turned away. */
  readonly requireApproval: boolean;
  readonly buildId: string | undefined;
  /** For `chooseContainment`. */
  readonly containment: ContainmentKind | 'auto';
  /** For `armFaults`. */
  readonly faults: string | undefined;
  /** Path of ready workflow code. */
  readonly workflowBundle: string | undefined;
  readonly durable: boolean;
  readonly logLevel: LogLevel;
  readonly temporalCli: string | undefined;
  readonly download: boolean;
  /** `PATH`. */
  readonly searchPath: string;
  /** Things that are worth a line, e.g. a misspelt variable. */
  readonly warnings: readonly string[];
  /** Where `phasewright webhooks` listens. */
  readonly webhookListen: string;
  /** Temporal's Web UI as people reach it. */
  readonly webUi: string | undefined;
  /** How code hosts are reached. Not enumerable. */
  readonly github: CodeHosts['github'];
  readonly gitea: CodeHosts['gitea'];
  /** Where `owner/name` repositories are; undefined: nowhere. */
  readonly codeHost: CodeHostKind | undefined;
  /** Not enumerable. */
  readonly secrets: {
    readonly webhook: string | undefined;
    readonly slack: string | undefined;
    readonly discord: string | undefined;
    readonly telegram: string | undefined;
    readonly notices: string | undefined;
  };
  /**
   * The whole environment, for what an operator names: an agent's variables, a token. Not enumerable, so that a logged or
   * serialised configuration holds no secrets.
   */
  readonly environment: Environment;
}

/** Throws `InvalidConfig` with every problem. Makes the data folder. */
export function loadConfig({
  env = process.env,
  flags = {},
}: {
  readonly env?: Environment;
  readonly flags?: Flags;
} = {}): Config {
  const problems: string[] = [];
  const { given, wrong } = readSettings(env, flags, problems);
  const home = env.HOME ?? homedir();
  const temporal = readTemporal(env, given, flags, problems);
  const dataDir = resolve(given.dataDir ?? join(home, '.phasewright'));
  const agentsFile = findAgentsFile(given.agents, dataDir, problems);
  const { codeHost, ...codeHosts } = readCodeHosts(given, wrong, problems);
  // Only when all else is right: a mistyped call should leave no folder behind.
  if (problems.length === 0) ensurePrivateFolder(dataDir, problems);
  if (problems.length > 0) {
    const heading = problems.length === 1 ? 'A setting is wrong:' : `${problems.length} settings are wrong:`;
    throw new PortError('InvalidConfig', problemsText(heading, problems), { problems });
  }
  const config = {
    dataDir,
    cacheDir: resolve(given.cacheDir ?? defaultCacheDir(env, home)),
    temporal,
    agentsFile,
    filters: given.filters ?? [],
    checkEnv: given.checkEnv ?? [],
    changeLimits: {
      files: given.maxChangedFiles ?? defaultChangeLimits.files,
      fileBytes: given.maxFileSize ?? defaultChangeLimits.fileBytes,
      totalBytes: given.maxChangedSize ?? defaultChangeLimits.totalBytes,
    },
    keptLimits: {
      count: given.keptCheckouts ?? defaultKeptLimits.count,
      bytes: given.keptSize ?? defaultKeptLimits.bytes,
    },
    git: readGit(given),
    requireApproval: given.requireApproval ?? false,
    buildId: given.buildId,
    containment: given.containment ?? 'auto',
    faults: given.faults,
    workflowBundle: given.workflowBundle === undefined ? undefined : resolve(given.workflowBundle),
    durable: given.durable ?? false,
    logLevel: given.logLevel ?? 'info',
    temporalCli: given.temporalCli === undefined ? undefined : resolve(given.temporalCli),
    download: given.download ?? true,
    searchPath: env.PATH ?? '',
    warnings: readWarnings(env, dataDir, temporal.address),
    codeHost,
    webhookListen: given.webhookListen ?? '127.0.0.1:8234',
    webUi: given.webUi,
  };
  const secrets: Config['secrets'] = {
    webhook: given.webhookSecret,
    slack: given.slackToken,
    discord: given.discordToken,
    telegram: given.telegramToken,
    notices: given.noticeSecret,
  };
  const hidden = { ...codeHosts, secrets, environment: env };
  const properties = Object.entries(hidden).map(([name, value]) => [name, { value, enumerable: false }]);
  return Object.defineProperties(
    config,
    Object.fromEntries(properties) as PropertyDescriptorMap,
  ) as typeof config & typeof hidden;
}

function findAgentsFile(given: string | undefined, dataDir: string, problems: string[]): string | undefined {
  const path = given === undefined ? join(dataDir, 'agents.yaml') : resolve(given);
  if (existsSync(path)) return path;
  if (given !== undefined) problems.push(`The agents file ${path} does not exist.`);
  return undefined;
}

function ensurePrivateFolder(path: string, problems: string[]): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // Never changed here: a folder that was there before may be anything, even '/'.
    if ((statSync(path).mode & 0o022) !== 0) throw new Error(`others may write to it (chmod go-w '${path}')`);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    problems.push(
      `The data folder ${path} cannot be used: ${endSentence((error as Error).message)} Name another one with PHASEWRIGHT_HOME.`,
    );
  }
}

function defaultCacheDir(env: Environment, home: string): string {
  if (env.XDG_CACHE_HOME !== undefined && env.XDG_CACHE_HOME !== '')
    return join(env.XDG_CACHE_HOME, 'phasewright');
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'phasewright')
    : join(home, '.cache', 'phasewright');
}

function readWarnings(env: Environment, dataDir: string, address: string | undefined): readonly string[] {
  const known = settingNames.map((name) => settings[name].variable);
  const unknown = Object.keys(env)
    .filter((name) => name.startsWith('PHASEWRIGHT_') && !isKnownVariable(name))
    .map((name) => `${name} is not a setting and was ignored.${didYouMean(name, known)}`);
  const namespace = env[settings.namespace.variable];
  const ignored =
    address === undefined && namespace !== undefined && namespace !== '' && namespace !== 'default'
      ? [
          `TEMPORAL_NAMESPACE is '${namespace}', but no address is given: the embedded server has the namespace 'default' only.`,
        ]
      : [];
  const readable =
    (statSync(dataDir).mode & 0o077) !== 0
      ? [`Others may read the data folder ${dataDir}: 'chmod 700 ${dataDir}' keeps prompts and logs private.`]
      : [];
  return [...unknown, ...ignored, ...readable];
}
