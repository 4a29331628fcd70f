/** Every status there is, and the one table of the changes between them. An illegal change throws by name. */

export const phaseStatuses = [
  'pending',
  'running',
  'awaiting_approval',
  'changes_requested',
  'completed',
  'failed',
  'skipped',
  'cancelled',
] as const;
export type PhaseStatus = (typeof phaseStatuses)[number];

export const taskStatuses = [
  'incoming',
  'claimed',
  'provisional',
  'done',
  'blocked',
  'failed',
  'cancelled',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** A project started from a file passes the first six, in this order. The others are reserved. */
export const lifecycles = [
  'draft',
  'initialized',
  'implementing',
  'implemented',
  'verifying',
  'verified',
  'discovered',
  'setup_required',
  'estimated',
  'provisioning',
  'designing',
  'designed',
  'deploying',
  'active',
  'maintenance',
  'missing',
  'error',
] as const;
export type Lifecycle = (typeof lifecycles)[number];

export const conditions = ['running', 'waiting', 'paused', 'failed', 'cancelled', 'done'] as const;
export type Condition = (typeof conditions)[number];

type Table<S extends string> = Readonly<Record<S, readonly S[]>>;

export const phaseTransitions: Table<PhaseStatus> = {
  pending: ['running', 'skipped', 'cancelled'],
  running: ['awaiting_approval', 'changes_requested', 'completed', 'failed', 'cancelled'],
  awaiting_approval: ['running', 'changes_requested', 'completed', 'failed', 'cancelled'],
  changes_requested: ['running', 'awaiting_approval', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['running', 'skipped', 'cancelled'],
  skipped: [],
  cancelled: [],
};

export const taskTransitions: Table<TaskStatus> = {
  incoming: ['claimed', 'failed', 'cancelled'],
  claimed: ['provisional', 'incoming', 'blocked', 'done', 'failed', 'cancelled'],
  provisional: ['done', 'incoming', 'blocked', 'failed', 'cancelled'],
  blocked: ['incoming', 'claimed', 'failed', 'cancelled'],
  done: [],
  failed: ['incoming'],
  cancelled: ['incoming'],
};

export const lifecycleTransitions: Table<Lifecycle> = {
  draft: ['estimated', 'provisioning', 'initialized', 'error'],
  initialized: ['designing', 'implementing', 'error'],
  implementing: ['implemented', 'error'],
  implemented: ['verifying', 'implementing', 'error'],
  verifying: ['verified', 'implementing', 'error'],
  verified: ['deploying', 'active', 'implementing', 'error'],
  discovered: ['setup_required', 'draft', 'missing', 'error'],
  setup_required: ['draft', 'missing', 'error'],
  estimated: ['provisioning', 'initialized', 'error'],
  provisioning: ['initialized', 'error'],
  designing: ['designed', 'error'],
  designed: ['implementing', 'error'],
  deploying: ['active', 'error'],
  active: ['maintenance', 'missing', 'implementing', 'error'],
  maintenance: ['active', 'missing', 'error'],
  missing: ['discovered', 'error'],
  error: ['draft', 'initialized', 'implementing'],
};

export const conditionTransitions: Table<Condition> = {
  running: ['waiting', 'paused', 'failed', 'cancelled', 'done'],
  waiting: ['running', 'paused', 'failed', 'cancelled', 'done'],
  paused: ['running', 'waiting', 'failed', 'cancelled', 'done'],
  failed: ['running', 'waiting', 'paused', 'cancelled'],
  cancelled: [],
  done: [],
};

const tables = {
  phase: phaseTransitions,
  task: taskTransitions,
  lifecycle: lifecycleTransitions,
  condition: conditionTransitions,
};

export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition';
}

/** The new status; the same status again is no change and legal. */
export function change<S extends string>(kind: keyof typeof tables, from: S, to: S): S {
  const legal = (tables[kind] as Table<string>)[from];
  if (legal === undefined) throw new IllegalTransition(`'${from}' is not a ${kind} status.`);
  if (from !== to && !legal.includes(to)) {
    const ways = legal.length === 0 ? 'nowhere: it is final' : legal.join(', ');
    throw new IllegalTransition(
      `A ${kind} can't change from '${from}' to '${to}'. From '${from}' it can go to ${ways}.`,
    );
  }
  return to;
}
