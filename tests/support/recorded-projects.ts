/** The projects whose histories are recorded and replayed: small, with everything in them that people and agents can do. */
import { eventually } from './eventually.ts';
import {
  gatekeeper,
  implementer,
  noApprovals,
  obedient,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  type ScriptEntry,
  type TaskStatusView,
} from './rig.ts';

export interface RecordedProject {
  readonly name: string;
  /** The ids of the workflows whose histories tell something that no other's does. */
  readonly keep: RegExp;
  /** Returns when it is over. Its slug is its name: deterministic, one server each. */
  run(rig: Rig): Promise<void>;
}

const phases = [
  { name: 'Data model', tasks: ['Add the table', 'Add the index'] },
  { name: 'API', tasks: ['Add the endpoint'] },
];
const one = [{ name: 'Only', tasks: ['Do it'] }];

const gateOf = (rig: Rig, slug: string, phase: number, id: string): Promise<PhaseStatusView> =>
  rig.until<PhaseStatusView>(rig.phase(slug, phase), `gate ${id}`, (view) => view.gate?.id === id);

/** Agents read their script when they start. */
async function play(rig: Rig, entries: readonly ScriptEntry[]): Promise<void> {
  await rig.stopWorker();
  rig.setEntries(entries);
  await rig.startWorker();
}

/** Checks, gates, a rejection with its revision, a pause over an approval, refused signals, a message to an agent. */
async function gated(rig: Rig): Promise<void> {
  const slug = 'gated';
  const handle = await rig.start(slug, {
    phases,
    checks: ['test -f README.md'],
    setup: ['true'],
  });
  const first = await gateOf(rig, slug, 1, 'phase-1.1');
  await rig
    .phase(slug, 1)
    .executeUpdate('reject', { args: [{ by: 'ann', comment: 'Name the columns.', headSha: first.headSha }] });
  await gateOf(rig, slug, 1, 'phase-1.2');
  await rig.until<ProjectStatusView>(
    handle,
    'the project to know the gate',
    (view) => view.phases[0]?.gate?.id === 'phase-1.2',
  );
  await handle.executeUpdate('pause', { args: [{ by: 'ann', reason: 'lunch' }] });
  await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'the phase to follow', (view) => view.paused);
  await handle.signal('approve', 'rubbish');
  await handle.executeUpdate('approve', { args: [{ by: 'ann', gateId: 'phase-1.2' }] });
  await handle.executeUpdate('resume', { args: [{ by: 'ann' }] });
  await gateOf(rig, slug, 2, 'phase-2.1');
  await rig.phase(slug, 2).signal('approve', { by: 'bob' });
  await rig.gate<ProjectStatusView>(handle);
  await handle.executeUpdate('reject', {
    args: [{ by: 'bob', gateId: 'project.1', comment: 'Say it in the README.' }],
  });
  await rig.until<ProjectStatusView>(handle, 'the next gate', (view) => view.gate?.id === 'project.2');
  await handle.executeUpdate('approve', { args: [{ by: 'bob', gateId: 'project.2' }] });
  await handle.result();
}

/** A task uses up its attempts, the phase fails, a person retries it with feedback; the gatekeeper rejects once. */
async function retried(rig: Rig): Promise<void> {
  const slug = 'retried';
  await play(rig, [
    { role: 'implementer', result: { outcome: 'failed', summary: 'I could not.' } },
    gatekeeper,
  ]);
  const handle = await rig.start(slug, { phases: one, ...noApprovals, limits: { attempts: 2 } });
  await rig.until<ProjectStatusView>(handle, 'the failure', (view) => view.condition === 'failed');
  await play(rig, [
    implementer,
    { role: 'gatekeeper', turn: 1, result: { decision: 'reject', comments: ['Mind the plural.'] } },
    gatekeeper,
  ]);
  await handle.executeUpdate('retry', { args: [{ by: 'ann', feedback: 'Try the other way.' }] });
  await handle.result();
}

/** Nobody answers: reminders, the expiry rejects, the revision is approved. */
async function expired(rig: Rig): Promise<void> {
  const slug = 'expired';
  await play(rig, obedient);
  const approval = { project: 'none', remind_after: '1s', expire_after: '3s', on_expiry: 'reject' };
  const handle = await rig.start(slug, { phases: one, approval, notify: ['stdout'] });
  await gateOf(rig, slug, 1, 'phase-1.2');
  await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann' }] });
  await handle.result();
}

/** One pull request at the end, `amend` and a skipped phase. */
async function amended(rig: Rig): Promise<void> {
  const slug = 'amended';
  const handle = await rig.start(slug, {
    phases: [...one, ...phases],
    pull_requests: 'project',
    approval: { project: 'none' },
  });
  await gateOf(rig, slug, 1, 'phase-1.1');
  await handle.executeUpdate('amend', {
    args: [
      {
        phases: [
          { phase: 2, skip: true },
          { phase: 3, tasks: ['Another endpoint'] },
        ],
      },
    ],
  });
  await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann' }] });
  await gateOf(rig, slug, 3, 'phase-3.1');
  await rig.phase(slug, 3).executeUpdate('approve', { args: [{ by: 'ann' }] });
  await handle.result();
}

/** Cancelled at a gate, with an open pull request. */
async function cancelled(rig: Rig): Promise<void> {
  const slug = 'cancelled';
  await play(rig, obedient);
  const handle = await rig.start(slug, { phases: one });
  await gateOf(rig, slug, 1, 'phase-1.1');
  await handle.cancel();
  await handle.result().catch(() => undefined);
}

/** A task of its own: a question and its answer, a message, a rejection at its gate, an approval. */
async function standalone(rig: Rig): Promise<void> {
  const slug = 'standalone';
  const asks = {
    role: 'implementer',
    turn: 1,
    result: { outcome: 'blocked', summary: 'stuck', question: 'Blue or green?' },
  };
  await play(rig, [asks, implementer, gatekeeper]);
  const handle = await rig.startTask(slug, { title: 'Paint it' });
  const until = (what: string, ready: (view: TaskStatusView) => boolean) =>
    rig.until<TaskStatusView>(handle, what, ready);
  await until('the question', (view) => view.question !== null);
  await handle.executeUpdate('message', { args: [{ from: 'bob', text: 'Mind the contrast.' }] });
  await handle.executeUpdate('answer', { args: [{ by: 'ann', text: 'Green.' }] });
  await until('the gate', (view) => view.gate?.id === 'task.1');
  await handle.executeUpdate('reject', { args: [{ by: 'ann', comment: 'A darker green.' }] });
  await until('the next gate', (view) => view.gate?.id === 'task.2');
  await handle.executeUpdate('approve', { args: [{ by: 'ann' }] });
  await handle.result();
}

/** Long enough to continue as new between its phases, where the server suggests that early. */
async function continued(rig: Rig): Promise<void> {
  const handle = await rig.start('continued', { phases: [...one, ...phases], ...noApprovals });
  await handle.result();
  const ended = `WorkflowId = '${handle.workflowId}' AND ExecutionStatus = 'Completed'`;
  await eventually(
    'that the last run is listed',
    async () => (await rig.client.workflow.count(ended)).count === 1,
  );
}

/** On a code host: a review with changes requested, its revision, closed and reopened by hand, comments that approve. */
async function hosted(rig: Rig): Promise<void> {
  const slug = 'hosted';
  const repo = 'acme/shop';
  const { codeHost } = rig;
  if (codeHost === undefined) throw new Error('This project needs a code host.');
  await play(rig, obedient);
  const handle = await rig.start(slug, { phases: one, checks: ['true'], notify: ['stdout'] });
  await gateOf(rig, slug, 1, 'phase-1.1');
  codeHost.review({ as: 'pia', repo, number: 1, state: 'CHANGES_REQUESTED', body: 'Name the unit.' });
  await gateOf(rig, slug, 1, 'phase-1.2');
  const asked = (what: string, ready: (question: string) => boolean) =>
    rig.until<PhaseStatusView>(rig.phase(slug, 1), what, (view) => ready(view.gate?.question ?? ''));
  codeHost.closePullRequest({ as: 'pia', repo, number: 1 });
  await asked('the closing to be seen', (question) => question.includes('was closed'));
  codeHost.reopenPullRequest({ as: 'pia', repo, number: 1 });
  await asked('the reopening to be seen', (question) => !question.includes('was closed'));
  await rig.phase(slug, 1).signal('codeHostChanged', { repository: repo, number: 1 });
  codeHost.comment({ as: 'pia', repo, number: 1, body: '/approve' });
  await rig.gate<ProjectStatusView>(handle);
  codeHost.review({ as: 'pia', repo, number: 2, state: 'APPROVED' });
  await handle.result();
}

const project = (run: RecordedProject['run'], keep = new RegExp(`\\b${run.name}\\b`)): RecordedProject => ({
  name: run.name,
  keep,
  run,
});

/** By the extra arguments of the server that they need. */
export const recordedProjects: readonly {
  readonly server: readonly string[];
  readonly codeHost?: boolean;
  readonly projects: readonly RecordedProject[];
}[] = [
  {
    server: [],
    projects: [
      project(gated),
      project(retried),
      project(expired, /expired\.phase\.1$/),
      project(amended, /amended$/),
      project(standalone),
      project(cancelled, /cancelled(\.phase\.1)?$/),
    ],
  },
  {
    server: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'],
    projects: [project(continued, /continued$/)],
  },
  {
    server: [],
    codeHost: true,
    projects: [project(hosted, /hosted(\.phase\.1)?$/)],
  },
];
