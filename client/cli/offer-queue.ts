/** Without a worker, commands can still be left for one: say how. */
import { PhasewrightError } from '../errors.ts';

export async function offerQueue<T>(command: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof PhasewrightError) || error.code !== 'NoWorker') throw error;
    throw new PhasewrightError(
      'NoWorker',
      `${error.message}\nOr leave it for when one does: phasewright ${command} … --queue. What the server knows: phasewright status ${command.split(' ')[1] ?? ''}`,
      { cause: error },
    );
  }
}
