/**
 * Reads the settings: the only place that looks at the process's environment. Flags win over variables, variables over
 * Temporal's profile, that over defaults; everything that is wrong is said in one error.
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ContainmentKind } from '../activities/support/containment/enclosure.ts';
import { PortError } from '../activities/support/port-error.ts';
import { didYouMean, problemsText } from '../domain/yaml/problem.ts';
import { type GitSettings, readGit } from './git.ts';
import { type GitHubSettings, readGitHub } from './github.ts';
import { defaultKeptLimits, type KeptLimits } from '../domain/model/kept-limits.ts';
import { type ChangeLimits, defaultChangeLimits } from '../domain/model/quota.ts';
import { endSentence } from '../domain/text/sentence.ts';
import {
  type GivenSettings,
  type LogLevel,
  type SettingName,
  fileVariable,
  isKnownVariable,
  settingNames,
  settings,
} from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** Undefined: not given. */
export type Flags = { readonly [Name in SettingName]?: string | boolean | undefined };
export type ConnectionOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

export interface Config {
  /** Absolute; exists, for this user only. */
  readonly dataDir: string;
  /** Absolute; may not exist yet. */
  readonly cacheDir: string;
  readonly temporal: {
    /** Undefined: our embedded server. */
    readonly address: string | undefined;
    readonly namespace: string;
    /** TLS, API key and metadata for that address; may hold secrets. */
    readonly connectionOptions: ConnectionOptions;
    /** Where the address came from, for people. */
    readonly addressFrom: string | undefined;
  };
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
  /** How GitHub is reached; undefined: it isn't configured. Holds secrets; not enumerable. */
  readonly github: GitHubSettings | undefined;
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
  const github = readGitHub(given, wrong, problems);
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
  const hidden = { github, secrets, environment: env };
  const properties = Object.entries(hidden).map(([name, value]) => [name, { value, enumerable: false }]);
  return Object.defineProperties(
    config,
    Object.fromEntries(properties) as PropertyDescriptorMap,
  ) as typeof config & typeof hidden;
}

function readSettings(
  env: Environment,
  flags: Flags,
  problems: string[],
): { readonly given: GivenSettings; readonly wrong: ReadonlySet<SettingName> } {
  const given: Partial<Record<SettingName, unknown>> = {};
  const wrong = new Set<SettingName>();
  const refuse = (name: SettingName, problem: string): void => {
    wrong.add(name);
    problems.push(problem);
  };
  for (const name of settingNames) {
    const { variable, flag, schema } = settings[name];
    const fromFlag = flags[name];
    // An empty variable counts as absent, as in a shell's `VAR= command`.
    const direct = fromFlag ?? nonEmpty(env[variable]);
    const file = direct === undefined ? secretFile(name, env) : undefined;
    const read = file === undefined ? undefined : readSecret(file.path);
    if (read !== undefined && 'problem' in read) {
      refuse(name, `${file?.variable} names a file that cannot be read (${read.problem}).`);
      continue;
    }
    const raw = direct ?? read?.secret;
    if (raw === undefined) continue;
    const result = schema.safeParse(raw);
    if (result.success) given[name] = result.data;
    else {
      const where =
        fromFlag !== undefined
          ? (flag ?? name)
          : file === undefined
            ? variable
            : `The file of ${file.variable}`;
      const texts = [...new Set(result.error.issues.map((issue) => issue.message))];
      refuse(name, `${where} ${texts.join('; ')}.`);
    }
  }
  return { given: given as GivenSettings, wrong };
}

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** A secret in a file of its own, as containers and service managers hand them out. */
function secretFile(
  name: SettingName,
  env: Environment,
): { readonly variable: string; readonly path: string } | undefined {
  const variable = fileVariable(name);
  const path = variable === undefined ? undefined : nonEmpty(env[variable]);
  return variable === undefined || path === undefined ? undefined : { variable, path };
}

function readSecret(path: string): { readonly secret: string } | { readonly problem: string } {
  try {
    return { secret: readFileSync(path, 'utf8').trim() };
  } catch (error) {
    // Never the path: somebody may have put the secret itself there.
    return { problem: (error as NodeJS.ErrnoException).code ?? 'no file name' };
  }
}

function readTemporal(
  env: Environment,
  given: GivenSettings,
  flags: Flags,
  problems: string[],
): Config['temporal'] {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      ...(given.profile === undefined ? {} : { profile: given.profile }),
      overrideEnvVars: Object.fromEntries(
        // An empty variable counts as absent, as for our own.
        Object.entries(env).filter(
          (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
        ),
      ),
    });
    const address = given.address ?? connectionOptions.address;
    const from =
      flags.address !== undefined
        ? settings.address.flag
        : given.address !== undefined
          ? settings.address.variable
          : "Temporal's profile";
    return {
      address,
      namespace: given.namespace ?? namespace ?? 'default',
      connectionOptions: address === undefined ? connectionOptions : { ...connectionOptions, address },
      addressFrom: address === undefined ? undefined : from,
    };
  } catch (error) {
    problems.push(
      `Temporal's own settings (TEMPORAL_*, its configuration file) cannot be read: ${
        // The library reads a file without any [profile.…] that way.
        endSentence(
          error instanceof TypeError ? 'the file has no [profile.default] section' : (error as Error).message,
        )
      }`,
    );
    return { address: undefined, namespace: 'default', connectionOptions: {}, addressFrom: undefined };
  }
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
