/** The options of `npm run bench`, each a whole number from 1 on, but the checkout that the product is compared with. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const defaults = { reps: 5, phases: 3, tasks: 2, waiting: 30, decisions: 30, files: 200 };
type Count = keyof typeof defaults;
export type Options = Readonly<Record<Count, number>> & {
  /** Another checkout of this repository, with its dependencies installed. */
  readonly against: string | undefined;
  /** Whether the start of the installed command is measured. */
  readonly cli: boolean;
};

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
  };
}
