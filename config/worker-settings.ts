/** The settings of a worker that can be given as flags, and pass through the commands that start one. */
import { type SettingName, settings } from './schema.ts';

export const workerSettings = [
  'dataDir',
  'address',
  'namespace',
  'profile',
  'agents',
  'filters',
  'checkEnv',
  'gitPasses',
  'gitAuthor',
  'gitCommitter',
  'mergeSubject',
  'logLevel',
] as const satisfies readonly SettingName[];

export type WorkerFlags = {
  readonly [Name in (typeof workerSettings)[number]]?: string | undefined;
};

/** Without its dashes, as `parseArgs` has it. */
export const flagOf = (name: (typeof workerSettings)[number]): string => settings[name].flag.slice(2);
