/** How commands start a worker: each flag that it takes is theirs too. */
import { Command } from 'commander';
import { expect, it } from '@jest/globals';
import { withWorkerFlags, workerProgram } from '../../client/cli/worker-program.ts';
import { loadConfig } from '../../config/load.ts';
import { settings } from '../../config/schema.ts';
import { workerFlags, workerSettings } from '../../config/worker-settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ofEveryCommand = ['dataDir', 'address', 'namespace', 'profile'];

it('takes every flag of a worker, and passes on what was given', () => {
  const command = withWorkerFlags(new Command());
  const own = workerSettings.filter((name) => !ofEveryCommand.includes(name));
  for (const name of workerSettings) expect(settings[name].flag).toBe(`--${workerFlags[name]}`);
  expect(command.options.map(({ long }) => long)).toEqual(own.map((name) => `--${workerFlags[name]}`));

  command.parse(
    own.flatMap((name) => [`--${workerFlags[name]}`, `of ${name}`]),
    { from: 'user' },
  );
  const dataDir = temporaryFolder();
  const { args } = workerProgram(loadConfig({ env: {}, flags: { dataDir } }), command.opts());
  expect(args).toEqual([
    '--home',
    dataDir,
    ...own.flatMap((name) => [`--${workerFlags[name]}`, `of ${name}`]),
  ]);
});
