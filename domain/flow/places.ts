/** What the kinds of flows have in common and where they differ, and how their raw YAML is read. */
import { didYouMean } from '../yaml/problem.ts';
import { phaseStatuses, taskStatuses } from '../model/status.ts';

export type Raw = Readonly<Record<string, unknown>>;
export const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What each kind of flow is about. `success` is said of finished work only, so something must have landed it. */
export const places = {
  phase: {
    statuses: phaseStatuses,
    what: 'phase',
    success: 'completed',
    finals: ['completed', 'failed', 'skipped', 'cancelled'],
    lands: 'merge_pull_request',
  },
  task: {
    statuses: taskStatuses,
    what: 'task',
    success: 'done',
    finals: ['done', 'failed', 'cancelled'],
    lands: 'land_on_phase_branch',
  },
  standalone: {
    statuses: taskStatuses,
    what: 'task',
    success: 'done',
    finals: ['done', 'failed', 'cancelled'],
    lands: 'push_branch',
  },
} as const;

export function transitionsOf(state: unknown): readonly (readonly [string, unknown])[] {
  return isRaw(state) && isRaw(state['on']) ? Object.entries(state['on']) : [];
}

export const unknownState = (name: string, states: Raw): string =>
  `There is no state '${name}' in this flow: ${Object.keys(states).join(', ')}.${didYouMean(name, Object.keys(states))}`;
