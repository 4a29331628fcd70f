/**
 * Projects that together come past every activity, each with the people it needs. People act by signals, which are
 * durable while no worker is up; where they need an answer, they ask until they have it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type {
  AgentSlotActivities,
  HostActivities,
  SharedActivities,
} from '../../workflows/activity-proxies.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { personAt } from './person.ts';
import {
  gatekeeper,
  hostedName,
  implementerAfter,
  noApprovals,
  type ProjectStatusView,
  type Rig,
  type RigOptions,
} from './rig.ts';
import type { CrashingWorkers } from './worker-process.ts';

export type ActivityName = keyof (SharedActivities & HostActivities & AgentSlotActivities);

export interface Scenario {
  readonly rig: RigOptions;
  /** Plays the people until the project has ended; answers with the workflow that shows how. */
  run(rig: Rig, slug: string, workers: CrashingWorkers): Promise<WorkflowHandle>;
  /** `phase.task` in landing order on main. */
  readonly landed: readonly string[];
  /** State of each pull request, in order. */
  readonly pullRequests: readonly string[];
  /** At most this many faults in one project. */
  readonly atOnce: number;
  /** How often each thing is done on a code host. */
  readonly effects?: Readonly<Record<string, number>>;
}

/** Long enough that a heartbeat falls into it. */
const checks = ['sleep 1.5; test -f README.md'];
const settings = { setup: ['sleep 1.5'], checks, notify: ['stdout'] };
const one = [{ name: 'One', tasks: ['First'] }];

/** The first agent takes long, and starts a child in a session of its own. */
const lingering = (seconds: number) => [
  implementerAfter(
    `test -e "$HOME/lingered" || { touch "$HOME/lingered"; setsid sleep 601 & echo $$ > "$HOME/agent.pid"; sleep ${seconds}; }`,
  ),
  gatekeeper,
];
/** Until a kill ends it. */
export const endless = lingering(600);

/** The flow that ships, with a step that writes the pull request's text again. */
const updatingFlow = readFileSync(join(packageRoot(), 'flows', 'project.yaml'), 'utf8').replaceAll(
  'open_pull_request,',
  'open_pull_request, update_pull_request,',
);

export const scenarios = {
  phases: {
    rig: {},
    landed: ['1.1', '1.2', '1.3', '2.1'],
    pullRequests: ['merged', 'merged', 'merged'],
    atOnce: 5,
    async run(rig, slug) {
      const handle = await rig.start(slug, {
        ...settings,
        phases: [
          { name: 'One', tasks: ['First', 'Second'] },
          { name: 'Two', tasks: ['Third'] },
        ],
      });
      const first = await phaseGate(rig, slug, 1);
      await answer(rig, slug, 'reject', first, { comment: 'Once more, please.' });
      const second = await phaseGate(rig, slug, 1, first.id);
      // Others move both branches meanwhile: the phase is rebased, and the project merges base in.
      const person = personAt(rig.home, rig.repository);
      person.commit(`project/${slug}/integration`, 'theirs.txt');
      person.commit('main', 'news.txt');
      await answer(rig, slug, 'approve', second);
      await answer(rig, slug, 'approve', await phaseGate(rig, slug, 2));
      const last = await rig.gate<ProjectStatusView>(handle);
      await handle.signal('approve', { gateId: last.gate?.id, by: 'ann' });
      return handle;
    },
  },
  onePullRequest: {
    rig: {},
    landed: ['1.1'],
    pullRequests: ['merged'],
    atOnce: 4,
    run: (rig, slug) => rig.start(slug, { ...noApprovals, pull_requests: 'project', phases: one }),
  },
  standalone: {
    rig: {},
    landed: ['.1'],
    pullRequests: ['merged'],
    atOnce: 4,
    run: (rig, slug) => rig.startTask(slug, { ...noApprovals }),
  },
  byHand: {
    rig: { bare: false },
    landed: ['1.1'],
    pullRequests: ['merged', 'merged'],
    atOnce: 6,
    async run(rig, slug, workers) {
      const handle = await rig.start(slug, { ...noApprovals, phases: one });
      await rig.until<ProjectStatusView>(
        handle,
        'the merge by hand',
        (each) => each.waitingFor?.includes('git ') === true,
      );
      // The watch is killed while it watches, so it has to be watching still.
      while (workers.armed.some((fault) => /^awaitLanded:(before|heartbeat)$/.test(fault))) await sleep(200);
      rig.git('merge', '--no-ff', `project/${slug}/integration`);
      return handle;
    },
  },
  cancelled: {
    rig: {},
    landed: [],
    pullRequests: ['closed'],
    atOnce: 4,
    async run(rig, slug) {
      const handle = await rig.start(slug, { phases: one, on_cancel: 'close_pull_requests' });
      await phaseGate(rig, slug, 1);
      await handle.cancel();
      return handle;
    },
  },
  amended: {
    rig: {},
    landed: ['1.1', '2.1'],
    pullRequests: ['merged', 'merged', 'merged'],
    atOnce: 4,
    async run(rig, slug) {
      const handle = await rig.start(slug, {
        phases: [...one, { name: 'Two', tasks: ['Old'] }],
        approval: { project: 'none' },
      });
      const gate = await phaseGate(rig, slug, 1);
      await handle.executeUpdate('amend', { args: [{ phases: [{ phase: 2, tasks: ['New'] }] }] });
      await answer(rig, slug, 'approve', gate);
      await answer(rig, slug, 'approve', await phaseGate(rig, slug, 2));
      return handle;
    },
  },
  messages: {
    rig: { entries: endless },
    landed: ['1.1'],
    pullRequests: ['merged', 'merged'],
    // A delivery is tried twice; what is left undelivered is in the next prompt.
    atOnce: 1,
    async run(rig, slug) {
      const handle = await rig.start(slug, { ...noApprovals, phases: one });
      await rig.until(rig.task(slug, 1, 1), 'the agent at work', () =>
        existsSync(join(rig.home, 'agent.pid')),
      );
      await handle.signal('message', { from: 'bob', text: 'Mind the plural.' });
      return handle;
    },
  },
  agent: {
    rig: { entries: lingering(4) },
    landed: ['1.1'],
    pullRequests: ['merged', 'merged'],
    atOnce: 4,
    run: (rig, slug) => rig.start(slug, { ...noApprovals, phases: one }),
  },
  codeHost: {
    rig: { codeHost: true },
    landed: ['1.1', '1.2', '2.1'],
    pullRequests: ['merged', 'merged', 'merged'],
    atOnce: 4,
    // Four gates, each opened and decided; a branch and a fence with every landing.
    effects: {
      pullRequestsOpened: 3,
      labelsSet: 3,
      bodiesUpdated: 1,
      statusesCreated: 8,
      commentsCreated: 4,
      merges: 3,
      pushes: 13,
    },
    async run(rig, slug) {
      const handle = await rig.start(slug, {
        ...settings,
        phases: [...one, { name: 'Two', tasks: ['Second'] }],
      });
      const first = await phaseGate(rig, slug, 1);
      review(rig, first, 'CHANGES_REQUESTED');
      review(rig, await phaseGate(rig, slug, 1, first.id), 'APPROVED');
      review(rig, await phaseGate(rig, slug, 2), 'APPROVED');
      const last = await rig.gate<ProjectStatusView>(handle);
      review(rig, { number: last.pullRequest?.number ?? 0 }, 'APPROVED');
      return handle;
    },
  },
  lost: {
    rig: { files: { 'README.md': '# A library\n', '.phasewright/flows/project.yaml': updatingFlow } },
    landed: ['1.1'],
    pullRequests: ['merged', 'merged'],
    atOnce: 4,
    async run(rig, slug) {
      const handle = await rig.start(slug, { ...settings, approval: { project: 'none' }, phases: one });
      const first = await phaseGate(rig, slug, 1);
      const branch = `refs/heads/project/${slug}/phase/1/one`;
      // Overwritten and put back, then deleted: nothing that was done is lost, and nothing is forced.
      rig.git('update-ref', branch, rig.git('commit-tree', '-m', 'Instead', 'main^{tree}', '-p', 'main'));
      await answer(rig, slug, 'approve', first);
      await rig.until<ProjectStatusView>(handle, 'the stop', ({ condition }) => condition === 'failed');
      rig.git('update-ref', branch, first.headSha);
      await handle.signal('retry', { commandId: `retry-${slug}` });
      const second = await phaseGate(rig, slug, 1, first.id);
      rig.git('update-ref', '-d', branch);
      await answer(rig, slug, 'approve', second);
      return handle;
    },
  },
  mergedByOthers: {
    rig: { codeHost: true },
    landed: ['1.1'],
    pullRequests: ['merged', 'merged'],
    atOnce: 4,
    async run(rig, slug) {
      const handle = await rig.start(slug, { ...noApprovals, approval: { project: 'none' }, phases: one });
      const { number } = await phaseGate(rig, slug, 1);
      // With a commit of theirs on top, before anybody could test it.
      personAt(rig.home, rig.repository).commit(`project/${slug}/phase/1/one`, 'theirs.txt');
      rig.codeHost?.mergePullRequest({ as: 'pia', repo: hostedName, number });
      await rig.until<ProjectStatusView>(handle, 'the stop', ({ condition }) => condition === 'failed');
      await handle.signal('retry', { commandId: `retry-${slug}` });
      return handle;
    },
  },
  renamed: {
    rig: { codeHost: true },
    landed: ['1.1'],
    pullRequests: ['merged', 'merged'],
    atOnce: 4,
    effects: {
      pullRequestsOpened: 2,
      labelsSet: 2,
      statusesCreated: 2,
      commentsCreated: 1,
      merges: 2,
      pushes: 7,
    },
    async run(rig, slug) {
      rig.git('branch', '-m', 'main', 'trunk');
      const handle = await rig.start(slug, { approval: { phases: 'none' }, phases: one });
      const { pullRequest } = await rig.gate<ProjectStatusView>(handle);
      rig.codeHost?.renameBranch({ as: 'pia', repo: hostedName, from: 'trunk', to: 'main' });
      review(rig, { number: pullRequest?.number ?? 0 }, 'APPROVED');
      return handle;
    },
  },
  codeHostCancelled: {
    rig: { codeHost: true },
    landed: [],
    pullRequests: ['closed'],
    atOnce: 4,
    effects: {
      pullRequestsOpened: 1,
      labelsSet: 1,
      statusesCreated: 1,
      commentsCreated: 1,
      closed: 1,
      pushes: 7,
    },
    async run(rig, slug) {
      const handle = await rig.start(slug, { phases: one, on_cancel: 'close_pull_requests' });
      await phaseGate(rig, slug, 1);
      await handle.cancel();
      return handle;
    },
  },
  looks: {
    rig: {},
    landed: [],
    pullRequests: [],
    atOnce: 3,
    async run(rig, slug) {
      const place = { repository: { kind: 'path', path: rig.repository } as const, owner: slug };
      const inspect = async (request: Readonly<Record<string, unknown>>, id: string) => {
        const handle = await rig.client.workflow.start('inspectWorkflow', {
          taskQueue: rig.taskQueue,
          workflowId: `inspect.${slug}.${id}`,
          args: [request],
        });
        return { handle, answer: await handle.result() };
      };
      const input = { name: slug, slug, repository: rig.repository, phases: one };
      const plan = (await inspect({ kind: 'plan', input, workflowId: `project.${slug}` }, 'plan')).answer as {
        workspace: { host: string };
      };
      const { host } = plan.workspace;
      const workspace = { ...place, host };
      const head = rig.git('rev-parse', 'main');
      await inspect({ kind: 'artifacts', host, prefix: slug }, 'artifacts');
      await inspect({ kind: 'artifact', host, artifact: `${slug}/none`, maxBytes: 10 }, 'artifact');
      await inspect({ kind: 'diff', workspace, from: head, to: head, maxBytes: 100 }, 'diff');
      return (await inspect({ kind: 'branches', workspace, branches: ['main'] }, 'branches')).handle;
    },
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** Where each activity is met. A new activity that is missing here fails to compile. */
export const metIn: Readonly<Record<ActivityName, ScenarioName>> = {
  planProject: 'phases',
  planTask: 'standalone',
  planTasks: 'amended',
  notify: 'phases',
  readFence: 'lost',
  findHead: 'lost',
  restoreBranch: 'lost',
  findAttempts: 'lost',
  findLanded: 'lost',
  bringUpToDate: 'phases',
  createBranch: 'phases',
  prepareWorktree: 'phases',
  commitCandidate: 'phases',
  land: 'phases',
  mergeBranch: 'onePullRequest',
  readTips: 'looks',
  verifyLanded: 'mergedByOthers',
  awaitLanded: 'byHand',
  closeWorkspace: 'cancelled',
  runSetup: 'phases',
  runChecks: 'phases',
  ensurePullRequest: 'phases',
  updatePullRequest: 'lost',
  mergePullRequest: 'phases',
  closePullRequest: 'cancelled',
  recordMerged: 'byHand',
  readArtifact: 'looks',
  listArtifacts: 'looks',
  diff: 'looks',
  deliverMessages: 'messages',
  runAgent: 'agent',
  readPullRequest: 'codeHost',
  awaitPullRequestChange: 'codeHost',
  publishGate: 'codeHost',
  findRenamedBase: 'renamed',
};

/** What is also written where people use the code host by themselves. */
export const metOnCodeHost: Readonly<Partial<Record<ActivityName, ScenarioName>>> = {
  ensurePullRequest: 'codeHost',
  mergePullRequest: 'codeHost',
  closePullRequest: 'codeHostCancelled',
};

interface OpenGate {
  readonly id: string;
  readonly phase: number;
  readonly headSha: string;
  /** Of its pull request; 0: it has none. */
  readonly number: number;
}

export async function phaseGate(rig: Rig, slug: string, phase: number, notThis?: string): Promise<OpenGate> {
  const phaseOf = (view: ProjectStatusView) => view.phases.find(({ number }) => number === phase);
  const open = (view: ProjectStatusView) => phaseOf(view)?.gate ?? null;
  const view = await rig.until<ProjectStatusView>(
    rig.project(slug),
    `the gate of phase ${phase}`,
    (each) => open(each) !== null && open(each)?.id !== notThis,
  );
  const gate = open(view);
  if (gate === null) throw new Error('The gate closed by itself.');
  const number = phaseOf(view)?.pullRequest?.number ?? 0;
  return { id: gate.id, phase, headSha: gate.headSha ?? '', number };
}

/** On the code host, where it stays while no worker is up. */
function review(
  rig: Rig,
  { number }: Pick<OpenGate, 'number'>,
  state: 'APPROVED' | 'CHANGES_REQUESTED',
): void {
  rig.codeHost?.review({ as: 'pia', repo: hostedName, number, state, body: 'Once looked at.' });
}

/** As often as a doubtful person would: the command id makes it count once. */
export async function answer(
  rig: Rig,
  slug: string,
  what: 'approve' | 'reject',
  gate: OpenGate,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const payload = {
    commandId: `${what}-${gate.id}`,
    by: 'ann',
    headSha: gate.headSha,
    gateId: gate.id,
    ...more,
  };
  for (let times = 0; times < 2; times += 1) await rig.phase(slug, gate.phase).signal(what, payload);
}
