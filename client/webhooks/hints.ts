/** Passes a hint on to the workflows that it may concern. A hint is a signal: durable once the server has acknowledged it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { parseWorkflowId } from '../../domain/names/workflow-ids.ts';
import type { WebhookHint } from '../../domain/code-host/webhook-events.ts';
import type { CodeHostChanged } from '../../workflows/messages.ts';
import { OWN_WORKFLOWS } from '../records.ts';
import { createCoalescer } from './coalesce.ts';

export interface Hints {
  /** The workflows that acknowledged it; empty: nobody waits. Rejects if the server didn't answer within the limit. */
  pass(hint: WebhookHint): Promise<readonly string[]>;
  /** Whether the server answers for the namespace. */
  healthy(): Promise<boolean>;
}

export interface HintLimits {
  /** Until a hint has been passed on, waiting for its turn included. */
  readonly answerWithinMs?: number;
  /** The same hint reaches a workflow at most once in this time. */
  readonly windowMs?: number;
  /** Of workflows for one hint that names none. */
  readonly listed?: number;
}

const CALL_ENDS_WITHIN_MS = 4_000;
const HEALTH_WITHIN_MS = 2_000;

export function createHints(
  client: Client,
  { answerWithinMs = 5_000, windowMs = 1_000, listed = 100 }: HintLimits = {},
): Hints {
  const { join } = createCoalescer({ windowMs });
  const call = <T>(ms: number, ask: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + ms, ask);

  /** False: no such workflow runs. */
  function signal(workflowId: string, { repository, number }: WebhookHint): Promise<boolean> {
    const payload: CodeHostChanged = { repository, number };
    return join(`signal ${workflowId} ${repository} ${number}`, async () => {
      try {
        await call(CALL_ENDS_WITHIN_MS, () =>
          client.workflow.getHandle(workflowId).signal('codeHostChanged', payload),
        );
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    });
  }

  function listOpen(repository: string): Promise<readonly string[]> {
    return join(`list ${repository}`, () =>
      call(CALL_ENDS_WITHIN_MS, () => idsOf(client, queryFor(repository), listed)),
    );
  }

  async function tell(hint: WebhookHint): Promise<readonly string[]> {
    if (hint.workflowId !== null && (await signal(hint.workflowId, hint))) return [hint.workflowId];
    const open = await listOpen(hint.repository);
    const heard = await Promise.all(open.map((workflowId) => signal(workflowId, hint)));
    return open.filter((_, index) => heard[index]);
  }

  return {
    async pass(hint) {
      const done = new AbortController();
      try {
        return await Promise.race([tell(hint), tooLate(answerWithinMs, done.signal)]);
      } finally {
        done.abort();
      }
    },
    healthy: () =>
      join('health', async () => {
        const { namespace } = client.options;
        const asked = call(HEALTH_WITHIN_MS, () =>
          client.connection.workflowService.describeNamespace({ namespace }),
        );
        return asked.then(
          () => true,
          () => false,
        );
      }),
  };
}

async function idsOf(client: Client, query: string, limit: number): Promise<readonly string[]> {
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query, pageSize: limit })) {
    const { kind } = parseWorkflowId(workflowId) ?? {};
    if (kind === 'project' || kind === 'standalone') ids.add(workflowId);
    if (ids.size >= limit) break;
  }
  return [...ids];
}

async function tooLate(ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { ref: false, signal });
  throw new Error(`no answer within ${ms / 1_000} s`);
}

/** The attribute holds what the project file says, and code hosts don't tell capital letters from small ones: the usual spellings. */
function queryFor(repository: string): string {
  const spellings = new Set([repository, repository.toLowerCase()]);
  const names = [...spellings].flatMap((name) => [`'${name}'`, `'${name}.git'`]).join(', ');
  return `PhasewrightRepository IN (${names}) AND ExecutionStatus = 'Running' AND ${OWN_WORKFLOWS}`;
}
