/** Without a worker: say what the server knows, and how to leave the command for when one polls. */
import { PhasewrightError } from '../errors.ts';
import type { Cli } from './cli.ts';
import { oneLine } from './text/lines.ts';

export async function offerQueue<T>(
  cli: Cli,
  command: string,
  slug: string,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof PhasewrightError) || error.code !== 'NoWorker') throw error;
    const { condition, phase, waitingFor } = await (await cli.client()).record(slug);
    const at = phase === null ? '' : `, at phase ${phase}`;
    const waits = waitingFor === null ? '' : `, waiting for ${oneLine(waitingFor)}`;
    const offer = `The server knows that '${slug}' is ${condition}${at}${waits}.\nTo leave it for when a worker polls: phasewright ${command} ${slug} … --queue`;
    throw new PhasewrightError('NoWorker', `${error.message}\n${offer}`, { cause: error });
  }
}
