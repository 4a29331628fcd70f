/**
 * When an approval goes on counting after base moved: for exactly what the person saw, brought up to base by us alone, without a
 * conflict, and tested again. Whatever else changes the head voids it.
 */
import type { LandingPolicy, LandingState } from './landing.ts';

/** Whether the update that is about to be pushed, or has just been, keeps the approval of the head before it. */
export const carriesOver = (
  { carry }: Pick<LandingPolicy, 'carry'>,
  {
    approvedHeadSha,
    headSha,
    updated,
    tested,
  }: Pick<LandingState, 'approvedHeadSha' | 'headSha' | 'updated' | 'tested'>,
): boolean =>
  carry !== 'never' &&
  approvedHeadSha === headSha &&
  updated !== null &&
  updated.samePatches &&
  tested?.sha === updated.headSha;
