/** A deadline of a week, for the proof that time is skipped. */
import { sleep } from '@temporalio/workflow';

export async function weekWorkflow(): Promise<string> {
  await sleep('7 days');
  return 'a week later';
}
