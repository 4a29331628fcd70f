/**
 * Every setting of a worker or client: its flag, its variable, what it may be. One list, from which loading, the error
 * texts and the documentation are made.
 */
import { z } from 'zod';
import { containmentKinds } from '../activities/support/containment/enclosure.ts';
import { faultsProblem } from '../activities/support/fault-points.ts';
import { parseDuration } from '../domain/text/duration.ts';
import { helperVariables, passedVariables, person, size, subject } from './values.schema.ts';

const yes = ['1', 'true', 'yes', 'on'];
const no = ['0', 'false', 'no', 'off'];

/** What people write for a switch in a variable. */
const toggle = z.union([z.boolean(), z.string()]).transform((value, context) => {
  if (typeof value === 'boolean') return value;
  const word = value.trim().toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  context.addIssue({
    code: 'custom',
    message: `must be one of ${[...yes, ...no].join(', ')}, not '${value}'`,
  });
  return z.NEVER;
});

const text = z.string().trim().min(1, 'must not be empty');
/** Task queues, search attributes and logs carry it. */
const buildId = text.regex(
  /^[A-Za-z0-9._-]{1,100}$/,
  "may hold letters, digits, '.', '_' and '-', at most 100",
);
/** gRPC target; a scheme is a frequent mistake. */
const address = text.regex(
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
  "must be host:port, e.g. 'localhost:7233', without 'http://'",
);
const faults = z.string().superRefine((value, context) => {
  const problem = faultsProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const url = text
  .refine(
    (value) => /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/i.test(value) && URL.canParse(value),
    'must be an http(s) URL without user name and query',
  )
  .transform((value) => new URL(value).href.replace(/\/+$/, ''));
/** It becomes part of a header or an address. */
const token = text.regex(/^[\x21-\x7e]+$/, 'must be one word without spaces, line ends or other signs');
const number = text.regex(/^[1-9]\d{0,15}$/, 'must be a whole number from 1');
const listen = text.regex(
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
  "must be host:port, e.g. '127.0.0.1:8234'",
);
/** From a second on: a busy loop helps nobody, and the code host counts requests. */
const interval = text.transform((value, context) => {
  const parsed = parseDuration(value);
  if ('ms' in parsed && parsed.ms >= 1_000 && parsed.ms <= 3_600_000) return parsed.ms;
  context.addIssue({
    code: 'custom',
    message: `must be a duration from 1s to 1h, e.g. '60s', not '${value}'`,
  });
  return z.NEVER;
});

/** Names as `.gitattributes` has them, with commas or spaces between. */
const filters = text
  .transform((value) => [...new Set(value.split(/[\s,]+/).filter((name) => name !== ''))])
  .pipe(
    z.array(
      z.string().regex(/^[A-Za-z0-9][\w.-]*$/, "must be names of git filters, e.g. 'lfs' or 'lfs,git-crypt'"),
    ),
  );

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

interface Setting {
  readonly flag: string | null;
  readonly variable: string;
  readonly schema: z.ZodType;
  /** Also read from the file that `<variable>_FILE` names; never shown. */
  readonly secret?: true;
  readonly meaning: string;
}

export const settings = {
  dataDir: {
    flag: '--home',
    variable: 'PHASEWRIGHT_HOME',
    schema: text,
    meaning: 'The data folder. Default: ~/.phasewright.',
  },
  cacheDir: {
    flag: null,
    variable: 'PHASEWRIGHT_CACHE',
    schema: text,
    meaning: "Where programs that were downloaded or built are kept. Default: the user's cache folder.",
  },
  agents: {
    flag: '--agents',
    variable: 'PHASEWRIGHT_AGENTS',
    schema: text,
    meaning: 'The agents file. Default: agents.yaml in the data folder, if it is there.',
  },
  filters: {
    flag: '--filters',
    variable: 'PHASEWRIGHT_FILTERS',
    schema: filters,
    meaning:
      "Filters of `.gitattributes` that may run, e.g. `lfs`, as the user's git defines them. Default: none.",
  },
  checkEnv: {
    flag: '--check-env',
    variable: 'PHASEWRIGHT_CHECK_ENV',
    schema: passedVariables,
    meaning: 'Variables of the worker that setup and checks get: `JAVA_HOME,NPM_TOKEN`. Default: none.',
  },
  maxChangedFiles: {
    flag: null,
    variable: 'PHASEWRIGHT_MAX_CHANGED_FILES',
    schema: number.transform(Number),
    meaning: 'How many files one task may add or change. Default: 100000.',
  },
  maxFileSize: {
    flag: null,
    variable: 'PHASEWRIGHT_MAX_FILE_SIZE',
    schema: size,
    meaning: 'How large a file that a task adds or changes may be, holes included. Default: 1GiB.',
  },
  maxChangedSize: {
    flag: null,
    variable: 'PHASEWRIGHT_MAX_CHANGED_SIZE',
    schema: size,
    meaning: 'How large all files that a task adds or changes may be together. Default: 4GiB.',
  },
  keptCheckouts: {
    flag: null,
    variable: 'PHASEWRIGHT_KEPT_CHECKOUTS',
    schema: text.regex(/^\d{1,4}$/, 'must be a whole number from 0').transform(Number),
    meaning:
      'How many [clones and checkouts](#what-is-kept-on-a-host) of ended projects are kept. Default: 8.',
  },
  keptSize: {
    flag: null,
    variable: 'PHASEWRIGHT_KEPT_SIZE',
    schema: size,
    meaning: 'How large their files may be together. Default: 10GiB.',
  },
  gitPasses: {
    flag: '--git-passes',
    variable: 'PHASEWRIGHT_GIT_PASSES',
    schema: helperVariables,
    meaning: "Variables that git's credential helpers read, beyond the [usual ones](#credentials-of-git).",
  },
  gitAuthor: {
    flag: '--git-author',
    variable: 'PHASEWRIGHT_GIT_AUTHOR',
    schema: person,
    meaning: "The author of commits, as 'Name <address>'. Default: Phasewright.",
  },
  gitCommitter: {
    flag: '--git-committer',
    variable: 'PHASEWRIGHT_GIT_COMMITTER',
    schema: person,
    meaning: 'Their committer. Default: the author.',
  },
  mergeSubject: {
    flag: '--merge-subject',
    variable: 'PHASEWRIGHT_MERGE_SUBJECT',
    schema: subject,
    meaning: "The subject of merge commits, e.g. 'OPS-1 {subject}'. Default: {subject}.",
  },
  requireApproval: {
    flag: null,
    variable: 'PHASEWRIGHT_REQUIRE_APPROVAL',
    schema: toggle,
    meaning: 'Turns projects away that would merge without asking people. Default: off, files decide.',
  },
  buildId: {
    flag: '--build-id',
    variable: 'PHASEWRIGHT_BUILD_ID',
    schema: buildId,
    meaning: 'Names the deployed version of a worker. Default: none.',
  },
  durable: {
    flag: '--durable',
    variable: 'PHASEWRIGHT_DURABLE',
    schema: toggle,
    meaning:
      'The embedded server writes each event to the disk itself: slower, safe at a power cut. Default: off.',
  },
  logLevel: {
    flag: '--log-level',
    variable: 'PHASEWRIGHT_LOG_LEVEL',
    schema: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`),
    meaning: 'Default: info.',
  },
  containment: {
    flag: null,
    variable: 'PHASEWRIGHT_CONTAINMENT',
    schema: z.enum(
      ['auto', ...containmentKinds],
      `must be one of ${['auto', ...containmentKinds].join(', ')}`,
    ),
    meaning:
      'Holds programs together: bubblewrap, cgroup, unshare or none. Default: auto, the first that works.',
  },
  faults: {
    flag: null,
    variable: 'PHASEWRIGHT_FAULTS',
    schema: faults,
    meaning: 'Faults to inject into activities, for tests. Default: none.',
  },
  workflowBundle: {
    flag: null,
    variable: 'PHASEWRIGHT_WORKFLOW_BUNDLE',
    schema: text,
    meaning:
      'A bundle of the workflows of this very version. Default: bundled when a worker starts, in a second.',
  },
  temporalCli: {
    flag: null,
    variable: 'PHASEWRIGHT_TEMPORAL_CLI',
    schema: text,
    meaning: 'The temporal command for the embedded server. Default: found (PATH, cache, download, build).',
  },
  download: {
    flag: null,
    variable: 'PHASEWRIGHT_DOWNLOAD',
    schema: toggle,
    meaning: 'May the temporal command and the test server be downloaded? Default: on.',
  },
  githubToken: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_TOKEN',
    schema: token,
    secret: true,
    meaning: 'A token for GitHub: `owner/name` repositories. Default: none. See [GitHub](github.md).',
  },
  githubAppId: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_APP_ID',
    schema: number,
    meaning: 'The GitHub App to act as, instead of a token; with PHASEWRIGHT_GITHUB_APP_KEY. Default: none.',
  },
  githubAppKey: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_APP_KEY',
    // Where a variable can't hold lines, `\n` stands for their ends.
    schema: text
      .transform((value) => value.replaceAll('\\n', '\n'))
      .pipe(z.string().regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'must be a private key in PEM form')),
    secret: true,
    meaning: "The App's private key (PEM). Default: none.",
  },
  githubAppInstallation: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_APP_INSTALLATION',
    schema: number,
    meaning: "The App's installation. Default: looked up for each repository.",
  },
  githubApi: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_API',
    schema: url,
    meaning:
      "GitHub's REST API; of an Enterprise server `https://HOST/api/v3`. Default: https://api.github.com.",
  },
  githubUrl: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_URL',
    schema: url,
    meaning: 'Where repositories are cloned from. Default: what belongs to the API.',
  },
  githubPoll: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_POLL',
    schema: interval,
    meaning: 'How often a pull request that waits is looked at. Default: 60s.',
  },
  webhookSecret: {
    flag: null,
    variable: 'PHASEWRIGHT_WEBHOOK_SECRET',
    schema: text,
    secret: true,
    meaning: "The secret of the code host's webhook, for `phasewright webhooks`. Default: none.",
  },
  webhookListen: {
    flag: '--listen',
    variable: 'PHASEWRIGHT_WEBHOOK_LISTEN',
    schema: listen,
    meaning: 'Where `phasewright webhooks` listens. Default: 127.0.0.1:8234.',
  },
  slackToken: {
    flag: null,
    variable: 'PHASEWRIGHT_SLACK_TOKEN',
    schema: token,
    secret: true,
    meaning: "A Slack bot's token. Default: none. See [notifications](notifications.md).",
  },
  discordToken: {
    flag: null,
    variable: 'PHASEWRIGHT_DISCORD_TOKEN',
    schema: token,
    secret: true,
    meaning: "A Discord bot's token. Default: none.",
  },
  telegramToken: {
    flag: null,
    variable: 'PHASEWRIGHT_TELEGRAM_TOKEN',
    schema: token,
    secret: true,
    meaning: "A Telegram bot's token. Default: none.",
  },
  noticeSecret: {
    flag: null,
    variable: 'PHASEWRIGHT_NOTICE_SECRET',
    schema: text,
    secret: true,
    meaning: 'Signs notices to generic webhooks. Default: none, unsigned.',
  },
  webUi: {
    flag: null,
    variable: 'PHASEWRIGHT_WEB_UI',
    schema: url,
    meaning:
      "Temporal's Web UI as people reach it, for links in pull requests. Default: none, the id is named.",
  },
  address: {
    flag: '--address',
    variable: 'TEMPORAL_ADDRESS',
    schema: address,
    meaning: 'A Temporal server of yours, host:port. Default: the embedded one.',
  },
  namespace: {
    flag: '--namespace',
    variable: 'TEMPORAL_NAMESPACE',
    schema: text,
    meaning: 'The namespace on it. Default: default.',
  },
  profile: {
    flag: '--profile',
    variable: 'TEMPORAL_PROFILE',
    schema: text,
    meaning: "A profile of Temporal's own configuration file.",
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as readonly SettingName[];

/** The value of each setting that was given; the rest are absent. */
export type GivenSettings = { readonly [Name in SettingName]?: z.output<(typeof settings)[Name]['schema']> };

/** Variables of ours that are no settings: an agent's surroundings and the test runs'. */
const otherVariables = /^PHASEWRIGHT_(TEST_|TASK_ID$|ROLE$|ATTEMPT$|RESULT_FILE$|INBOX_DIR$|RUN_ID$)/;
export const isKnownVariable = (name: string): boolean =>
  otherVariables.test(name) ||
  settingNames.some((setting) => settings[setting].variable === name || fileVariable(setting) === name);

/** Names the file that a secret may be in instead; undefined: this setting is no secret. */
export const fileVariable = (setting: SettingName): string | undefined => {
  const { variable, secret }: Setting = settings[setting];
  return secret === true ? `${variable}_FILE` : undefined;
};
