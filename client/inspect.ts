/** Reads what a host holds (plans, diffs, logs) through a short workflow; the host answers on its control queue. */
import { randomUUID } from 'node:crypto';
import type { InspectAnswers, InspectRequest } from '../workflows/inspect.ts';
import { asPhasewrightError, isTimeout } from './error-translation.ts';
import { PhasewrightError } from './errors.ts';
import { expectWorker, type ClientContext } from './context.ts';

/** How long a host may take: a plan may fetch a large repository for the first time. */
const ANSWERS_WITHIN_MS = {
  plan: 120_000,
  branches: 60_000,
  diff: 60_000,
  artifacts: 20_000,
  artifact: 20_000,
} as const;

export async function inspect<K extends InspectRequest['kind']>(
  context: ClientContext,
  doing: string,
  request: Extract<InspectRequest, { kind: K }>,
): Promise<InspectAnswers[K]> {
  await expectWorker(context, doing);
  const within = ANSWERS_WITHIN_MS[request.kind];
  const workflowId = `inspect.${randomUUID()}`;
  try {
    return await context.client.withDeadline(Date.now() + within + 5_000, () =>
      context.client.workflow.execute<(request: InspectRequest) => Promise<InspectAnswers[K]>>(
        'inspectWorkflow',
        {
          workflowId,
          taskQueue: context.taskQueue,
          args: [request],
          workflowExecutionTimeout: within,
          staticSummary: `read for a person: ${request.kind}`,
        },
      ),
    );
  } catch (error) {
    if (isTimeout(error) || isExecutionTimeout(error)) {
      throw new PhasewrightError(
        'NoWorker',
        `Could not ${doing}: the host that holds it didn't answer within ${within / 1_000} s${hostOf(request)}. Is its worker running?`,
        {
          cause: error,
        },
      );
    }
    throw asPhasewrightError(error, { doing, address: context.address });
  }
}

const isExecutionTimeout = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutFailure';

function hostOf(request: InspectRequest): string {
  const host = 'host' in request ? request.host : 'workspace' in request ? request.workspace.host : null;
  return host === null ? '' : ` (host ${host})`;
}
