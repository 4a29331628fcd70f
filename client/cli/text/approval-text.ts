/** What is asked at a gate, and what became of an approval. Pure. */
import { carriedWords } from '../../../domain/approval/decisions.ts';
import type { Gate } from '../../../domain/approval/gate.ts';
import type { Status } from '../../status-view.ts';
import { count, oneLine, relative, short, type Style } from './lines.ts';

export function gateFacts(gate: Gate, now: number): string {
  const head = gate.headSha === null ? 'nothing changed' : `head ${short(gate.headSha)}`;
  const passed = gate.checks.filter((check) => check.passed).length;
  const checks =
    gate.checks.length === 0 ? 'no checks' : `${passed} of ${count(gate.checks.length, 'check')} passed`;
  return `gate ${gate.id}, ${head}, ${checks}, opened ${relative(gate.openedAt, now)}, expires ${relative(gate.expireAt, now)}`;
}

/** The last approval, where base has moved under it since. */
export function carried({ decisions, gate }: Status, style: Style): readonly string[] {
  const last = decisions.at(-1);
  const words = last === undefined || gate !== null ? undefined : carriedWords(last);
  return last === undefined || words === undefined
    ? []
    : [style.dim(oneLine(`Approved by ${last.by}, ${words}.`, 500))];
}
