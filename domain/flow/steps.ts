/** The one registry of steps: what the orchestrator can do on a transition of a flow (`runs:`). */

export type FlowPlace = 'phase' | 'task' | 'standalone';

export interface StepDefinition {
  /** Which flows may use it: a phase's, its tasks', a standalone task's. */
  readonly places: readonly FlowPlace[];
  readonly meaning: string;
  /** True when it can refuse, so that the transition needs an `else`. */
  readonly canSayNo: boolean;
}

export const steps = {
  commit_changes: {
    places: ['task', 'standalone'],
    meaning:
      "Squashes what the agent did into one candidate commit on the branch's tip; says no if nothing changed.",
    canSayNo: true,
  },
  run_checks: {
    places: ['phase', 'task', 'standalone'],
    meaning: 'Runs the project’s checks on a clean checkout of the candidate; says no if one fails.',
    canSayNo: true,
  },
  rebase_on_project_branch: {
    places: ['phase'],
    meaning: 'Replays the phase branch on the integration branch if that moved; says no on a conflict.',
    canSayNo: true,
  },
  push_branch: {
    places: ['phase', 'standalone'],
    meaning: 'Pushes the branch, naming the value it expects; says no if someone else moved it.',
    canSayNo: true,
  },
  open_pull_request: {
    places: ['phase', 'standalone'],
    meaning: 'Opens exactly one pull request for the branch; says no if a person closed it.',
    canSayNo: true,
  },
  update_pull_request: {
    places: ['phase', 'standalone'],
    meaning: 'Writes title and description of the pull request again.',
    canSayNo: false,
  },
  human_approval: {
    places: ['phase', 'standalone'],
    meaning: 'The gate: asks people and waits; says no when they reject.',
    canSayNo: true,
  },
  merge_pull_request: {
    places: ['phase', 'standalone'],
    meaning: 'Merges exactly the head that was approved; says no if it cannot be merged.',
    canSayNo: true,
  },
  land_on_phase_branch: {
    places: ['task'],
    meaning: "Puts the task's one commit on the phase branch; says no if someone else moved it.",
    canSayNo: true,
  },
  notify: {
    places: ['phase', 'task', 'standalone'],
    meaning: 'Tells people over the channels of `notify`; never stops the work.',
    canSayNo: false,
  },
  break_down: {
    places: ['phase'],
    meaning: 'Lets the breakdown role write the tasks of the phase; says no if it cannot.',
    canSayNo: true,
  },
} as const satisfies Record<string, StepDefinition>;

export type Step = keyof typeof steps;
export const stepNames = Object.keys(steps) as readonly Step[];
export const isStep = (name: string): name is Step => Object.hasOwn(steps, name);
export const canSayNo = (step: Step): boolean => steps[step].canSayNo;
export function stepAllowedIn(step: Step, place: FlowPlace): boolean {
  const places: readonly FlowPlace[] = steps[step].places;
  return places.includes(place);
}
