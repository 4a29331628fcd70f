/** Going on in a new run when the history has grown long. */
import { allHandlersFinished, continueAsNew, workflowInfo } from '@temporalio/workflow';

/** Between two pieces of work, with all handlers finished; otherwise at the next chance. */
export async function continueIfLong<Input>(input: () => Input): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested || !allHandlersFinished()) return;
  await continueAsNew<(input: Input) => Promise<unknown>>(input());
}
