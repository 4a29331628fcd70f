/**
 * Every setting of a worker or client: its flag, its variable, what it may be. One list, from which loading, the error
 * texts and the documentation are made.
 */
import { z } from 'zod';
import { containmentKinds } from '../activities/support/containment/enclosure.ts';
import { faultsProblem } from '../activities/support/fault-points.ts';
import { codeHostSettings } from './code-hosts.schema.ts';
import { noticeSettings } from './notices.schema.ts';
import type { Setting } from './setting.ts';
import {
  address,
  helperVariables,
  number,
  passedVariables,
  person,
  size,
  subject,
  text,
  toggle,
  url,
} from './values.schema.ts';

/** Task queues, search attributes and logs carry it. */
const buildId = text.regex(
  /^[A-Za-z0-9._-]{1,100}$/,
  "may hold letters, digits, '.', '_' and '-', at most 100",
);
const faults = z.string().superRefine((value, context) => {
  const problem = faultsProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
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
  ...codeHostSettings,
  ...noticeSettings,
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
