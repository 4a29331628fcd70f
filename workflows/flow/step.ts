/** Running the steps of a flow's transition. Each says yes, no (with the reason as feedback), again, or ends the work. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { Step } from '../../domain/flow/steps.ts';

/** `again`: what the transition rests on moved; its steps run from the first. */
export type StepResult = 'yes' | 'no' | 'again' | 'end';
export type StepRegistry<Run> = Partial<Record<Step, (run: Run) => Promise<StepResult>>>;

/** In order, until one doesn't say yes. A name that the registry lacks fails at once, by name. */
export async function runSteps<Run>(
  run: Run,
  names: readonly string[],
  {
    registry,
    place,
    show,
  }: { readonly registry: StepRegistry<Run>; readonly place: string; readonly show: (run: Run) => void },
): Promise<Exclude<StepResult, 'again'>> {
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    const step = registry[name as Step];
    if (step === undefined) {
      throw ApplicationFailure.nonRetryable(
        `There is no step '${name}' for a ${place}. Its steps: ${Object.keys(registry).join(', ')}.`,
        'UnknownStep',
      );
    }
    const answer = await step(run);
    show(run);
    if (answer === 'again') index = -1;
    else if (answer !== 'yes') return answer;
  }
  return 'yes';
}
