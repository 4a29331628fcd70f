/** The person of the demo: which gates are answered how. Pure; `demo.ts` runs the public commands for it. */
import type { Gate } from '../../../domain/approval/gate.ts';
import type { PhaseView } from '../../../domain/views/status.ts';

export interface Verdict {
  readonly gateId: string;
  readonly action: 'approve' | 'reject';
  /** Of the public command, after `phasewright`. */
  readonly args: readonly string[];
}

/** Rejected once, with a wish that becomes the revision task of examples/script.yaml. */
export const REJECTED_GATE = 'phase-2.1';
export const REJECTION =
  'A statement should say which period it covers: put its first and last date into the heading.';

const comments: Readonly<Record<string, string>> = {
  'phase-1.1': 'Transfers and overdrafts look right.',
  'phase-2.2': 'The period is there now.',
  'phase-3.1': 'CSV goes both ways.',
};

interface Asked {
  readonly slug: string;
  readonly phases: readonly Pick<PhaseView, 'number' | 'gate'>[];
  readonly gate: Gate | null;
}

/** The answer to the first open gate that was not answered before; undefined if there is none. */
export function answerTo({ slug, phases, gate }: Asked, answered: ReadonlySet<string>): Verdict | undefined {
  const open = phases.flatMap((phase) =>
    phase.gate === null ? [] : [{ phase: phase.number as number | null, id: phase.gate.id }],
  );
  if (gate !== null) open.push({ phase: null, id: gate.id });
  const next = open.find(({ id }) => !answered.has(id));
  if (next === undefined) return undefined;
  const which = next.phase === null ? [] : ['--phase', String(next.phase)];
  const rejected = next.id === REJECTED_GATE;
  const comment = rejected ? REJECTION : (comments[next.id] ?? 'All phases are in.');
  const action = rejected ? 'reject' : 'approve';
  return { gateId: next.id, action, args: [action, slug, ...which, '--comment', comment] };
}

/** A command line as a person would type it. */
export const commandLine = (args: readonly string[]): string =>
  ['phasewright', ...args]
    .map((word) => (/^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
