/**
 * The `command` engine: any program. It starts in the worktree with the prompt on standard input and a documented
 * environment, and writes its result to a file. README.md holds the contract.
 */
import type { CommandBlueprint } from '../../../domain/agents/blueprints.ts';
import { ProcessStartError } from '../../support/start-program.ts';
import type { Engine } from '../port.ts';
import { agentEnvironment, type ProgramDependencies, runAgentProgram } from '../program.ts';
import { notStarted } from './errors.ts';
import { toEngineRun } from './map.ts';

export function createCommandEngine(dependencies: ProgramDependencies): Engine {
  return {
    async run(job, signal, beat) {
      const { command } = job.blueprint as CommandBlueprint;
      const begun = Date.now();
      try {
        const env = agentEnvironment(job, dependencies.environment);
        return toEngineRun(
          await runAgentProgram(dependencies, job, { command, env, signal, beat }),
          job.timeoutMs,
        );
      } catch (error) {
        if (error instanceof ProcessStartError) return notStarted(error, Date.now() - begun);
        throw error;
      }
    },
  };
}
