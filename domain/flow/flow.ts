/**
 * A flow says which roles, steps and gates a task or a phase goes through. It is data: written as YAML (flows/),
 * validated when a project starts, then part of the workflow's input, so a later edit never changes a running project.
 *
 * A state either has work (an agent in a role, the phase's tasks, a person's answer) or is final. Work ends with a
 * decision; the decision names the next state and the steps that run on the way. A step that says no sends the
 * work to `else`, with its reason as feedback.
 */
import type { Role } from '../model/project.ts';
import type { Step } from './steps.ts';

export interface Transition {
  readonly to: string;
  /** Names from the step registry, in order. */
  readonly runs: readonly string[];
  /** Where the work goes when a step says no. */
  readonly else: string | null;
}

export type StateWork =
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'tasks' }
  | { readonly kind: 'revision' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'final' };

export interface FlowState {
  readonly work: StateWork;
  /** Decision → transition. */
  readonly on: Readonly<Record<string, Transition>>;
}

export interface FlowDefinition {
  readonly name: string;
  readonly start: string;
  readonly states: Readonly<Record<string, FlowState>>;
}

export interface Flow extends FlowDefinition {
  /** The flow of each task; only a phase's flow has one. */
  readonly childFlow: FlowDefinition | null;
}

/** Whether any transition runs this step. */
export const flowRuns = ({ states }: FlowDefinition, step: Step): boolean =>
  Object.values(states).some(({ on }) => Object.values(on).some(({ runs }) => runs.includes(step)));
