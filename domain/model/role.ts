/** What each role may end with, and where it may work. */
import { isJudge, type Role, roles } from './project.ts';

/** Roles that make changes: a task may ask for one of them. */
export const makerRoles: readonly Role[] = roles.filter((role) => !isJudge(role) && role !== 'breakdown');

/** Whether people's messages reach it while it works; a judge's decision is its own. */
export const hearsPeople = (role: Role): boolean => !isJudge(role);

/** Roles that work in a flow's state; breakdown works through the step `break_down` instead. */
export const stateRoles: readonly Role[] = roles.filter((role) => role !== 'breakdown');

export const makerDecisions = ['done', 'blocked', 'failed'] as const;
export const judgeDecisions = ['accept', 'reject'] as const;
export const decisionsOf = (role: Role): readonly string[] =>
  isJudge(role) ? judgeDecisions : makerDecisions;
