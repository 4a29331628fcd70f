/** What a person needs to see before answering a gate: what is asked, the checks, and the diff from base to head. */
import type { Gate } from '../domain/approval/gate.ts';
import { closedError } from './closed-error.ts';
import { PhasewrightError } from './errors.ts';
import { chooseGate, instead, openGates } from './gates.ts';
import { inspect } from './inspect.ts';
import { findRecord } from './records.ts';
import type { ClientContext } from './context.ts';
import { lookLive } from './status.ts';
import type { Status } from './status-view.ts';

export interface Diff {
  readonly stat: string;
  readonly patch: string;
  readonly truncated: boolean;
}

export interface Review {
  readonly status: Status;
  readonly phase: number | null;
  readonly gate: Gate;
  /** Null: there is nothing to compare, or `diffProblem` says why it couldn't be read. */
  readonly diff: Diff | null;
  readonly diffProblem: string | null;
}

export const MAX_DIFF_BYTES = 512 * 1024;

export async function review(
  context: ClientContext,
  slug: string,
  { phase, gateId }: { readonly phase?: number | undefined; readonly gateId?: string | undefined } = {},
): Promise<Review> {
  const record = await findRecord(context, slug);
  if (!record.open) throw await closedError(context, record);
  const { status, workspace } = await lookLive(context, record);
  const open = chooseGate(status, { phase, gateId });
  if (open === undefined) {
    const others = openGates(status).map((each) =>
      each.phase === null ? `'${each.gate.id}'` : `phase ${each.phase}`,
    );
    const why =
      others.length > 0 && (phase !== undefined || gateId !== undefined)
        ? `only ${others.join(' and ')} waits`
        : instead(status);
    throw new PhasewrightError(
      'NoOpenGate',
      `Nothing waits for an answer${phase === undefined ? '' : ` in phase ${phase}`}: ${why}.`,
    );
  }
  const { gate } = open;
  if (workspace === null || gate.headSha === null || gate.baseSha === null)
    return { status, phase: open.phase, gate, diff: null, diffProblem: null };
  try {
    const diff = await inspect<'diff'>(context, `read the diff of '${record.slug}'`, {
      kind: 'diff',
      workspace,
      from: gate.baseSha,
      to: gate.headSha,
      maxBytes: MAX_DIFF_BYTES,
    });
    return { status, phase: open.phase, gate, diff, diffProblem: null };
  } catch (error) {
    if (!(error instanceof PhasewrightError)) throw error;
    return { status, phase: open.phase, gate, diff: null, diffProblem: error.message };
  }
}
