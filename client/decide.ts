/** Approving and rejecting: addressed to the workflow that owns the open gate, bound to the head that the person saw. */
import { randomUUID } from 'node:crypto';
import { type Decision, describeDecision, type GateAction, type Source } from '../domain/approval/gate.ts';
import { phaseWorkflowId } from '../domain/names/workflow-ids.ts';
import { toAnswer } from '../domain/messages/messages.ts';
import type { DecisionAnswer } from '../workflows/messages.ts';
import { closedError } from './closed-error.ts';
import { PhasewrightError } from './errors.ts';
import { type Asked, chooseGate, settle } from './gates.ts';
import { findRecord, type ProjectRecord, runs } from './records.ts';
import type { ClientContext } from './context.ts';
import { queue, update } from './send.ts';
import { lookLive } from './status.ts';
import type { Status } from './status-view.ts';

export interface DecisionOptions {
  /** Only this phase's gate; default: the one that is open. */
  readonly phase?: number | undefined;
  readonly gateId?: string | undefined;
  /** The head that the person looked at: another one now is `StaleHead`. Default: the open gate's head. */
  readonly headSha?: string | undefined;
  readonly by?: string | undefined;
  readonly comment?: string | undefined;
  readonly from?: Source | undefined;
  /** Makes a repeat count once. */
  readonly commandId?: string | undefined;
  /** Leave a signal instead of asking a worker. */
  readonly queue?: boolean | undefined;
}

export type DecisionReport =
  | {
      readonly kind: 'decided';
      readonly alreadyDecided: boolean;
      readonly decision: Decision;
      readonly message: string;
    }
  | {
      readonly kind: 'queued';
      readonly commandId: string;
      readonly workflowId: string;
      readonly message: string;
    };

export async function decide(
  context: ClientContext,
  action: GateAction,
  slug: string,
  options: DecisionOptions,
): Promise<DecisionReport> {
  if (action === 'reject' && (options.comment ?? '').trim() === '') {
    throw new PhasewrightError('InvalidMessage', 'A rejection needs a comment: it becomes the next task.');
  }
  const record = await findRecord(context, slug);
  if (!record.open) throw await closedError(context, record);
  const commandId = options.commandId ?? randomUUID();
  if (options.queue === true) return leave(context, action, record, { ...options, commandId });
  // Once more if the gate closed between our look and our word.
  return (
    (await answer(context, action, record, { ...options, commandId })) ??
    (await answer(context, action, record, { ...options, commandId })) ??
    movedOn(record)
  );
}

type Settled = DecisionOptions & { readonly commandId: string };

async function answer(
  context: ClientContext,
  action: GateAction,
  record: ProjectRecord,
  options: Settled,
): Promise<DecisionReport | undefined> {
  const { status } = await lookLive(context, record);
  const open = chooseGate(status, options);
  if (open === undefined) return repeat(status, action, options);
  const { gate, phase, workflowId } = open;
  const payload = {
    gateId: gate.id,
    headSha: options.headSha ?? gate.headSha,
    by: options.by,
    comment: options.comment,
    from: options.from ?? 'api',
  };
  const doing = `${action} ${phase === null ? `'${record.slug}'` : `phase ${phase} of '${record.slug}'`}`;
  try {
    const answered = await update<DecisionAnswer>(context, {
      workflowId,
      name: action,
      payload,
      commandId: options.commandId,
      doing,
    });
    return { kind: 'decided', ...answered };
  } catch (error) {
    if (error instanceof PhasewrightError && error.code === 'ProjectClosed') return undefined;
    throw error;
  }
}

/** No gate that fits is open: the same word again is fine, everything else is refused with the reason. */
function repeat(status: Status, action: GateAction, options: Settled & Asked): DecisionReport {
  const { gateId, headSha, by, comment, from, commandId } = options;
  const message = {
    ...(gateId === undefined ? {} : { gateId }),
    ...(headSha === undefined ? {} : { headSha }),
    ...(by === undefined ? {} : { by }),
    comment: comment ?? '',
  };
  const settled = settle(
    status,
    toAnswer(action, message, { commandId, from: from ?? 'api' }),
    options,
    Date.now(),
  );
  if (settled.kind === 'refused') throw new PhasewrightError(settled.code, settled.message);
  return {
    kind: 'decided',
    alreadyDecided: true,
    decision: settled.decision,
    message: describeDecision(settled.decision),
  };
}

function movedOn(record: ProjectRecord): never {
  throw new PhasewrightError(
    'NoOpenGate',
    `The gate of '${record.slug}' closed while it was answered. Look with 'phasewright status ${record.slug}'.`,
  );
}

/** With no worker nobody can say which gate is open: the server's last word on the phase decides, or the caller. */
async function leave(
  context: ClientContext,
  action: GateAction,
  record: ProjectRecord,
  options: Settled,
): Promise<DecisionReport> {
  const { gateId, headSha, by, comment, from, commandId } = options;
  const phase = options.phase ?? (record.kind === 'project' ? record.phase : null);
  const phaseId = phase === null ? null : phaseWorkflowId(record.slug, phase);
  const workflowId = phaseId !== null && (await runs(context, phaseId)) ? phaseId : record.workflowId;
  if (
    workflowId === record.workflowId &&
    record.kind === 'project' &&
    gateId === undefined &&
    headSha === undefined
  ) {
    throw new PhasewrightError(
      'InvalidMessage',
      `The gate of the project itself needs what you looked at: name --head SHA (or gateId), so that a repeat can't ${action} the next gate.`,
    );
  }
  const payload = { gateId, phase: options.phase, headSha, by, comment, from: from ?? 'api' };
  await queue(context, { workflowId, name: action, payload, commandId, doing: `${action} '${record.slug}'` });
  const message = `Queued for '${workflowId}': it is judged when a worker polls. 'phasewright status ${record.slug}' then shows the decision, or the refusal.`;
  return { kind: 'queued', commandId, workflowId, message };
}
