/** What a code host shows of a gate: a status on the commit and, once decided, a comment. One may be refused without the other. */
import { explain, isLeftOut } from '../../domain/failure.ts';
import { hiddenMarker } from '../../domain/names/markers.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { gateContext } from '../../domain/views/gate-status.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { PublishGateRequest } from './contract.ts';
import type { CodeHost } from './port.ts';

/** Safe to repeat: one status per context, one comment per gate. */
export async function publishGate(host: CodeHost, request: PublishGateRequest): Promise<string | null> {
  const { workspace, number, gateId, sha, state, summary, comment } = request;
  const { repository, owner } = workspace;
  const errors = [
    sha === null
      ? null
      : await errorOf(host.setStatus({ repository, sha, context: gateContext, state, description: summary })),
    comment === null
      ? null
      : await errorOf(
          host.comment({
            repository,
            number,
            marker: hiddenMarker(`${owner}.gate.${gateId}`),
            body: comment,
          }),
        ),
  ].filter((error) => error !== null);
  await faultPoint('publishGate', 'effect');
  for (const error of errors) if (!isLeftOut(error.code)) throw error;
  return errors.map(({ code, message }) => endSentence(explain(code, message))).join(' ') || null;
}

/** What is no error of a port is thrown. */
async function errorOf(work: Promise<unknown>): Promise<PortError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
}
