/** The variables that setup and checks get besides the usual ones, as an operator should hear of them: by name, and which are missing. */
import type { Config } from './load.ts';

export interface CheckVariables {
  readonly given: readonly string[];
  /** Named, but empty or not set. */
  readonly missing: readonly string[];
}

export function checkVariables({
  checkEnv,
  environment,
}: Pick<Config, 'checkEnv' | 'environment'>): CheckVariables {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  return { given: checkEnv.filter(isSet), missing: checkEnv.filter((name) => !isSet(name)) };
}

/** Where they come from is the worker's own surroundings, so that is where the remedy is. */
export const missingText = (missing: readonly string[]): string =>
  `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} named by PHASEWRIGHT_CHECK_ENV or --check-env, but not set here: setup and checks run without. Set ${missing.length === 1 ? 'it' : 'them'} where the worker starts, or remove the name.`;

/** For a worker to say when it starts; nothing when nothing is named. */
export function describeCheckVariables(config: Pick<Config, 'checkEnv' | 'environment'>): readonly string[] {
  const { given, missing } = checkVariables(config);
  return [
    ...(given.length === 0 ? [] : [`Setup and checks get ${given.join(', ')}.`]),
    ...(missing.length === 0 ? [] : [`WARNING: ${missingText(missing)}`]),
  ];
}
