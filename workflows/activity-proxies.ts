/**
 * Every timeout and retry policy, in one table. Three queues: shared work anywhere, git and checks on the host that
 * holds the workspace, agents in that host's slots. Every activity heartbeats by itself (activities/support/define-activity.ts), so a lost
 * worker is noticed in seconds; the start-to-close timeout bounds work that hangs.
 */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { RetryPolicy } from '@temporalio/common';
import type { AgentActivities } from '../activities/agent/contract.ts';
import type { ChecksActivities } from '../activities/checks/contract.ts';
import type { CodeHostActivities } from '../activities/code-host/contract.ts';
import type { GitActivities } from '../activities/git/contract.ts';
import type { InspectionActivities } from '../activities/artifacts/contract.ts';
import type { NotifyActivities } from '../activities/notify/contract.ts';
import type { PlanningActivities } from '../activities/planning/contract.ts';
import { codesToBeMended, longestPauseMs } from '../domain/failure.ts';
import { summaryLine } from '../domain/text/truncate.ts';
import { agentTaskQueue, hostTaskQueue } from '../domain/names/task-queues.ts';

export type SharedActivities = PlanningActivities & NotifyActivities;
export type HostActivities = GitActivities &
  ChecksActivities &
  CodeHostActivities &
  InspectionActivities &
  Pick<AgentActivities, 'deliverMessages'>;
export type AgentSlotActivities = Pick<AgentActivities, 'runAgent'>;

const steady: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: longestPauseMs,
};

/** A try is lost with every worker that is stopped, so the number is high; what never works ends all the same, loudly. */
const patient: RetryPolicy = { ...steady, maximumAttempts: 50 };

const policies = {
  /** Validation and notices: anywhere, quickly. */
  shared: { startToCloseTimeout: '2m', heartbeatTimeout: '10s', retry: steady },
  /** A notice that something waits for: a channel that is down holds nobody up for longer. */
  awaitedNotice: {
    startToCloseTimeout: '20s',
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: '30s',
    retry: steady,
  },
  /** git, the code host, prompts: a first fetch of a large repository is the longest. */
  host: { startToCloseTimeout: '30m', heartbeatTimeout: '10s', retry: steady },
  /** Commands of the project: bounded by their own timeout, which the activity enforces. */
  checks: { startToCloseTimeout: '1d', heartbeatTimeout: '10s', retry: patient },
  /** One agent run, waiting for a slot included: bounded by agent_timeout, which the activity enforces. */
  agent: { startToCloseTimeout: '7d', heartbeatTimeout: '10s', retry: patient },
  /** Watching for what a person does by hand. */
  watch: { startToCloseTimeout: '365d', heartbeatTimeout: '10s', retry: steady },
  /** One look at a pull request; the server keeps the time between two of them, for as long as people take. */
  poll: { startToCloseTimeout: '5m', heartbeatTimeout: '10s', retry: steady, cancellationType: 'TRY_CANCEL' },
  /** Showing on a code host what was decided: given up when it can't be done for hours, the decision stands. */
  publish: {
    startToCloseTimeout: '2m',
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: '3h',
    retry: steady,
  },
  /** Delivering to an agent that may be gone: once or twice, then it is in the next prompt. */
  delivery: { startToCloseTimeout: '10s', scheduleToCloseTimeout: '30s', retry: { maximumAttempts: 2 } },
  /** Clean-up after a cancel: bounded, the sweep at worker start does the rest. Nobody is waited for to mend a credential. */
  cleanUp: {
    startToCloseTimeout: '2m',
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: '10m',
    retry: { ...steady, nonRetryableErrorTypes: codesToBeMended },
  },
} as const satisfies Record<string, ActivityOptions>;

type HostPolicy = 'host' | 'checks' | 'watch' | 'poll' | 'publish' | 'delivery' | 'cleanUp';

const withSummary = (summary: string | undefined): { readonly summary?: string } =>
  summary === undefined ? {} : { summary: summaryLine(summary) };

export const sharedActivities = (
  summary?: string,
  policy: 'shared' | 'awaitedNotice' = 'shared',
): SharedActivities =>
  // No queue of its own: wherever the workflow was started, its worker does these.
  proxyActivities<SharedActivities>({ ...policies[policy], ...withSummary(summary) });

export const hostActivities = (host: string, summary?: string, policy: HostPolicy = 'host'): HostActivities =>
  proxyActivities<HostActivities>({
    ...policies[policy],
    taskQueue: hostTaskQueue(host),
    ...withSummary(summary),
  });

export const agentActivities = (host: string, summary?: string): AgentSlotActivities =>
  proxyActivities<AgentSlotActivities>({
    ...policies.agent,
    taskQueue: agentTaskQueue(host),
    ...withSummary(summary),
  });
