/**
 * The settings of a worker that can be given as flags, and pass through the commands that start one. Their flags stand here
 * without dashes, as `parseArgs` has them: those commands load no schema.
 */
import type { SettingName } from './schema.ts';

export const workerFlags = {
  dataDir: 'home',
  address: 'address',
  namespace: 'namespace',
  profile: 'profile',
  agents: 'agents',
  filters: 'filters',
  checkEnv: 'check-env',
  gitPasses: 'git-passes',
  gitAuthor: 'git-author',
  gitCommitter: 'git-committer',
  mergeSubject: 'merge-subject',
  logLevel: 'log-level',
} as const satisfies Partial<Record<SettingName, string>>;

export type WorkerSetting = keyof typeof workerFlags;
export type WorkerFlags = { readonly [Name in WorkerSetting]?: string | undefined };

export const workerSettings = Object.keys(workerFlags) as readonly WorkerSetting[];
