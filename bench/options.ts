/** The options of `npm run bench`, each a whole number from 1 on where it is no name, path or switch. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type LargeRepository, largeRepositories } from './large-repository.ts';

const defaults = { reps: 5, phases: 3, tasks: 2, waiting: 30, decisions: 30, files: 200 };
type Count = keyof typeof defaults;
export type Options = Readonly<Record<Count, number>> & {
  /** Another checkout of this repository, with its dependencies installed. */
  readonly against: string | undefined;
  /** Whether the start of the installed command is measured. */
  readonly cli: boolean;
  /** Large ones that the product and bare git are measured on, instead of everything else; none: the small one. */
  readonly repositories: readonly LargeRepository[];
};

const names = Object.keys(largeRepositories) as readonly LargeRepository[];
function repositoriesOf(given: string | undefined): readonly LargeRepository[] {
  if (given === undefined) return [];
  const chosen = given === 'large' ? names : names.filter((name) => name === given);
  if (chosen.length === 0)
    throw new Error(`--repository must be one of ${['large', ...names].join(', ')}, not '${given}'.`);
  return chosen;
}

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      reps: { type: 'string' },
      phases: { type: 'string' },
      tasks: { type: 'string' },
      waiting: { type: 'string' },
      decisions: { type: 'string' },
      files: { type: 'string' },
      against: { type: 'string' },
      cli: { type: 'boolean', default: false },
      repository: { type: 'string' },
    },
  });
  const read = (name: Count): number => {
    const given = values[name];
    if (given === undefined) return defaults[name];
    if (!/^[1-9]\d{0,5}$/.test(given))
      throw new Error(`--${name} must be a whole number from 1 on, not '${given}'.`);
    return Number(given);
  };
  return {
    reps: read('reps'),
    phases: read('phases'),
    tasks: read('tasks'),
    waiting: read('waiting'),
    decisions: read('decisions'),
    files: read('files'),
    against: values.against === undefined ? undefined : resolve(values.against),
    cli: values.cli,
    repositories: repositoriesOf(values.repository),
  };
}
