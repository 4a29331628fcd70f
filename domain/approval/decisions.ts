/** What becomes of decisions after their gates: kept once each, and carried over to the head that base's moves made of theirs. Pure. */
import { keepLast } from '../messages/messages.ts';
import type { Carried, Decision } from './gate.ts';

const maxDecisions = 50;

/** The approval that counts for `headSha` counts for what that became; undefined: there is none. */
export function carryOver(
  decisions: readonly Decision[],
  headSha: string,
  carried: Carried,
): Decision | undefined {
  const decision = decisions.findLast(
    (each) => each.action === 'approve' && (each.carried?.headSha ?? each.headSha) === headSha,
  );
  return decision === undefined ? undefined : { ...decision, carried };
}

/** Reports may come late or twice: a gate has one decision. */
export function mergeDecisions(known: readonly Decision[], more: readonly Decision[]): readonly Decision[] {
  const isOf = (gateId: string) => (each: Decision) => each.gateId === gateId;
  return more.reduce<readonly Decision[]>((kept, each) => {
    if (!kept.some(isOf(each.gateId))) return keepLast(kept, each, maxDecisions);
    const { carried } = each;
    if (carried === undefined) return kept;
    return kept.map((old) => (isOf(each.gateId)(old) ? { ...old, carried } : old));
  }, known);
}

const short = (sha: string): string => sha.slice(0, 10);

/** As the end of a sentence about the approval; undefined: it counts for the head that was approved. */
export const carriedWords = ({ carried }: Pick<Decision, 'carried'>): string | undefined =>
  carried === undefined
    ? undefined
    : `carried over to ${short(carried.headSha)}: base moved to ${short(carried.baseSha)}, the patches are equal, and it was tested again`;
