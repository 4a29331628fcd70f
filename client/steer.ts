/** Every other word to a project or standalone task: retry, pause, resume, cancel, amend, answer, message, budget. */
import type { AmendMessage } from '../domain/messages/messages.ts';
import type { MessageName } from '../domain/messages/messages.ts';
import type { CommandAnswer } from '../workflows/messages.ts';
import { closedError } from './closed-error.ts';
import { PhasewrightError } from './errors.ts';
import { findRecord, type ProjectRecord } from './records.ts';
import { reach, type ClientContext } from './context.ts';
import { queue, update } from './send.ts';

export interface CommandOptions {
  readonly by?: string | undefined;
  /** Makes a repeat count once. */
  readonly commandId?: string | undefined;
  /** Leave a signal instead of asking a worker. */
  readonly queue?: boolean | undefined;
}

export interface CommandReport {
  readonly queued: boolean;
  /** One sentence: what was done. */
  readonly message: string;
}

export type RetryOptions = CommandOptions & {
  readonly phase?: number | undefined;
  readonly feedback?: string | undefined;
  /** Work starts at the branch's tip, not at the last candidate. */
  readonly fresh?: boolean | undefined;
  /** The branch that stands for base from now on. */
  readonly base?: string | undefined;
};
export type PauseOptions = CommandOptions & { readonly reason?: string | undefined };
export type AnswerOptions = CommandOptions & { readonly text: string; readonly task?: number | undefined };
export type TextOptions = CommandOptions & { readonly text: string };
export type BudgetOptions = CommandOptions & {
  readonly usd?: number | undefined;
  readonly tokens?: number | undefined;
};
export type AmendOptions = CommandOptions & Pick<AmendMessage, 'phases' | 'carry'>;

const understood: Readonly<Record<ProjectRecord['kind'], readonly MessageName[]>> = {
  project: ['retry', 'pause', 'resume', 'amend', 'answer', 'message', 'extendBudget'],
  task: ['retry', 'pause', 'resume', 'answer', 'message'],
};

export async function steer(
  context: ClientContext,
  name: MessageName,
  slug: string,
  { commandId, queue: queued, ...payload }: CommandOptions & Readonly<Record<string, unknown>>,
): Promise<CommandReport> {
  const record = await findRecord(context, slug);
  if (!record.open) throw await closedError(context, record);
  if (!understood[record.kind].includes(name)) {
    throw new PhasewrightError(
      'InvalidMessage',
      `'${slug}' is a standalone task; it takes ${understood.task.join(', ')}, approve and reject, not '${name}'.`,
    );
  }
  const message = {
    workflowId: record.workflowId,
    name,
    payload,
    commandId,
    doing: `send '${name}' to '${record.slug}'`,
  };
  if (queued === true) {
    const id = await queue(context, message);
    return {
      queued: true,
      message: `Queued (command ${id}): it is carried out when a worker polls. What is refused shows in 'phasewright status ${record.slug}'.`,
    };
  }
  try {
    return { queued: false, message: (await update<CommandAnswer>(context, message)).message };
  } catch (error) {
    if (error instanceof PhasewrightError && error.code === 'ProjectClosed')
      throw await closedError(context, await findRecord(context, slug));
    throw error;
  }
}

/** Temporal's own cancel: durable with no worker up; agents, worktrees and hidden refs are cleaned up by one. */
export async function cancel(context: ClientContext, slug: string): Promise<CommandReport> {
  const record = await findRecord(context, slug);
  if (!record.open) throw await closedError(context, record);
  await reach(context, `cancel '${record.slug}'`, () =>
    context.client.workflow.getHandle(record.workflowId).cancel(),
  );
  return {
    queued: false,
    message: `Cancelling '${record.slug}': agents are stopped, worktrees and hidden refs removed; branches stay.`,
  };
}
