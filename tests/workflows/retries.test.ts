/** What a person's retry goes on from: attempts count on, what was learnt stays, what had landed is not done twice. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { armFaults } from '../../activities/support/fault-points.ts';
import { type Person, personAt } from '../support/person.ts';
import { eventually } from '../support/eventually.ts';
import { activityOf, historyOf, scheduledIn } from '../support/histories.ts';
import {
  gatekeeper,
  implementer,
  implementerAfter,
  noApprovals,
  obedient,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

const rejects = { role: 'gatekeeper', result: { decision: 'reject', comments: ['Mind the plural.'] } };
const givesUp = { role: 'implementer', result: { outcome: 'failed', summary: 'I could not.' } };
const standsByIt = { role: 'implementer', result: { outcome: 'done', summary: 'The plural is right.' } };

describe('a retry', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const one = [{ name: 'Only', tasks: ['Do it'] }];
  const failed = (slug: string) =>
    rig.until<ProjectStatusView>(rig.project(slug), 'the failure', (each) => each.condition === 'failed');
  const retry = (slug: string, args: Readonly<Record<string, unknown>> = {}) =>
    rig.project(slug).executeUpdate('retry', { args: [args] });
  const reject = (slug: string, gateId: string, comment: string) =>
    rig.phase(slug, 1).executeUpdate('reject', { args: [{ by: 'ann', gateId, comment }] });
  const prompt = (slug: string, attempt: number) => rig.readArtifact(`${slug}/1/1/${attempt}/prompt.md`);

  it('goes on counting attempts, keeps earlier feedback and starts at the last candidate', async () => {
    const slug = rig.slug('counts');
    rig.setEntries([implementer, rejects]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one, limits: { attempts: 2 } });
    expect((await failed(slug)).phases[0]?.tasks[0]).toMatchObject({ status: 'failed', attempts: 2 });
    const first = prompt(slug, 1);

    rig.setEntries([implementer, gatekeeper]);
    await retry(slug);

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(prompt(slug, 1)).toBe(first);
    expect(prompt(slug, 3)).toContain('Mind the plural.');
    expect((await rig.status(slug)).phases[0]?.tasks[0]).toMatchObject({ status: 'done', attempts: 3 });
    // Each attempt appends a line: the third went on from what the second had made.
    const files = rig.git('ls-tree', '-r', '--name-only', 'main').split('\n');
    const work = files.find((name) => name.includes(slug) || name.startsWith('work-')) ?? '';
    expect(rig.git('show', `main:${work}`).split('\n')).toHaveLength(3);
  });

  it('that asks for a fresh start begins at the head of the branch', async () => {
    const slug = rig.slug('fresh');
    rig.setEntries([implementer, rejects]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one, limits: { attempts: 2 } });
    await failed(slug);
    rig.setEntries([implementer, gatekeeper]);
    await retry(slug, { fresh: true });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const work = rig.git('diff', '--name-only', 'main~1', 'main').split('\n')[0] ?? '';
    expect(rig.git('show', `main:${work}`).split('\n')).toHaveLength(1);
  });

  it('follows an error that nobody foresaw, which stops a task after five tries', async () => {
    const slug = rig.slug('unforeseen');
    rig.setEntries(obedient);
    const hits = [1, 2, 3, 4, 5];
    armFaults(hits.map((hit) => `prepareWorktree:before@${hit}=throw`).join('; '));
    const handle = await rig.start(slug, { ...noApprovals, phases: one });
    const { phases } = await failed(slug);
    expect(phases[0]).toMatchObject({ status: 'failed', reason: 'unexpected' });
    const tries = (await historyOf(rig.task(slug, 1, 1))).filter(
      ({ kind }) => kind === 'activityTaskStarted',
    );
    expect(tries.at(-1)?.attributes['attempt']).toBe(5);
    await retry(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('holds what everybody said who asked for one while no worker was up', async () => {
    const slug = rig.slug('twice');
    rig.setEntries([givesUp, gatekeeper]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one, limits: { attempts: 1 } });
    await failed(slug);
    await rig.stopWorker();
    rig.setEntries(obedient);
    await handle.signal('retry', { feedback: 'Keep the API.', by: 'ann' });
    await handle.signal('retry', { by: 'bob' });
    await handle.signal('retry', { feedback: 'Keep the tests.', by: 'cleo' });
    await rig.startWorker();
    expect(await handle.result()).toMatchObject({ status: 'done' });
    for (const words of ['ann', 'Keep the API.', 'cleo', 'Keep the tests.'])
      expect(prompt(slug, 2)).toContain(words);
    expect((await rig.status(slug)).refused).toEqual([]);
  });

  it('makes the revision that the last allowed rejection asked for', async () => {
    const slug = rig.slug('out-of-rounds');
    rig.setEntries(obedient);
    await rig.start(slug, { approval: { project: 'none' }, phases: one, limits: { attempts: 1 } });
    const first = await rig.gate(rig.phase(slug, 1));
    await reject(slug, first.gate.id, 'Say more.');
    expect((await failed(slug)).phases[0]).toMatchObject({ reason: 'rejected' });
    await retry(slug);
    const second = await rig.gate(rig.phase(slug, 1), first.gate.id);
    expect(second.headSha).not.toBe(first.headSha);
    expect(rig.readArtifact(`${slug}/1/2/1/prompt.md`)).toContain('Say more.');
    await rig.project(slug).terminate();
  });

  it('keeps what a person said no with in every prompt of the revision', async () => {
    const slug = rig.slug('again');
    rig.setEntries(obedient);
    await rig.start(slug, { approval: { project: 'none' }, phases: one, limits: { attempts: 1 } });
    const first = await rig.gate(rig.phase(slug, 1));
    await reject(slug, first.gate.id, 'Say more.');
    await failed(slug);
    rig.setEntries([givesUp, gatekeeper]);
    for (const tries of [1, 2, 3]) {
      await retry(slug);
      await rig.until<ProjectStatusView>(
        rig.project(slug),
        `failure ${tries}`,
        ({ condition, phases }) => condition === 'failed' && phases[0]?.tasks[1]?.attempts === tries,
      );
    }
    rig.setEntries(obedient);
    await retry(slug);
    await rig.gate(rig.phase(slug, 1), first.gate.id);
    for (const attempt of [1, 2, 3, 4])
      expect(rig.readArtifact(`${slug}/1/2/${attempt}/prompt.md`)).toContain('Say more.');
    await rig.project(slug).terminate();
  });

  it('does only what an amended phase is to do now', async () => {
    const slug = rig.slug('amended');
    rig.setEntries(obedient);
    const phases = [
      { name: 'First', tasks: ['Do it'] },
      { name: 'Second', tasks: ['Old one', 'Old two', 'Old three'] },
    ];
    const handle = await rig.start(slug, { approval: { project: 'none' }, phases });
    const { gate } = await rig.gate(rig.phase(slug, 1));
    const inTheWay = `project/${slug}/phase/2/second/child`;
    rig.git('branch', inTheWay, 'main');
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', gateId: gate.id }] });
    expect((await failed(slug)).phases[1]).toMatchObject({ status: 'failed', reason: 'branch_conflict' });
    rig.git('branch', '-D', inTheWay);
    await handle.executeUpdate('amend', { args: [{ phases: [{ phase: 2, tasks: ['New only'] }] }] });
    await retry(slug);
    const { tasks } = await rig.gate(rig.phase(slug, 2));
    expect(tasks).toMatchObject([{ number: 1, title: 'New only', status: 'done', attempts: 1 }]);
    await handle.terminate();
  });

  it('makes no second commit of a task that had landed when its phase was terminated', async () => {
    const slug = rig.slug('landed');
    rig.setEntries(obedient);
    // The answer of the landing is lost, and its next tries too: the phase can't know that its task has landed.
    armFaults('land:effect@1=throw; land:before@2=throw; land:before@3=throw; land:before@4=throw');
    const handle = await rig.start(slug, { approval: { project: 'none' }, phases: one });
    const commits = (...where: readonly string[]) =>
      rig
        .git('log', '--no-merges', '--format=%H', `--grep=Phasewright-Project: ${slug}`, ...where)
        .split('\n')
        .filter((line) => line !== '');
    await eventually('the commit', () => commits(`--branches=project/${slug}/phase/*`).length === 1);
    await rig.phase(slug, 1).terminate('lost');
    armFaults('');
    expect((await failed(slug)).phases[0]?.tasks[0]?.status).not.toBe('done');
    await retry(slug);
    const { gate } = await rig.gate(rig.phase(slug, 1));
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', gateId: gate.id }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(commits('main')).toHaveLength(1);
  });

  it('makes no second commit of tasks that were rebased when their phase was terminated', async () => {
    const slug = rig.slug('rebased');
    rig.setEntries(obedient);
    const base = 'base-rebased';
    const person = personAt(rig.home, rig.repository);
    person.force(base, rig.git('rev-parse', 'main'));
    const phases = [{ name: 'Only', tasks: ['Do it', 'Do more'] }];
    const handle = await rig.start(slug, { base, approval: { project: 'none' }, phases });
    const phase = rig.phase(slug, 1);
    const approve = async (notThis?: string) => {
      const view = await rig.gate<PhaseStatusView>(phase, notThis);
      await phase.executeUpdate('approve', { args: [{ by: 'ann', gateId: view.gate.id }] });
      return view;
    };
    await rig.gate(phase);
    person.commit(`project/${slug}/integration`, 'theirs.txt');
    // The rebase is pushed and recorded, and that is all.
    armFaults([1, 2, 3, 4].map((hit) => `ensurePullRequest:before@${hit}=throw`).join('; '));
    const asked = await approve();
    const rebased = () => rig.git('rev-parse', asked.branch);
    await rig.until<ProjectStatusView>(
      handle,
      'the rebase',
      (each) => each.phases[0]?.headSha !== asked.headSha && each.phases[0]?.headSha === rebased(),
    );
    await phase.terminate('lost');
    armFaults('');
    await failed(slug);
    await retry(slug);
    expect((await approve(asked.gate.id)).headSha).toBe(rebased());
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const ours = rig.git('log', '--no-merges', '--format=%H', `--grep=Phasewright-Project: ${slug}`, base);
    expect(ours.split('\n')).toHaveLength(2);
    expect((await rig.status(slug)).phases[0]?.tasks.map(({ commit }) => commit)).toContain(rebased());
  });

  it.each<[string, (person: Person, branch: string) => void]>([
    ['deleted', (person, branch) => person.deleteBranch(branch)],
    ['pushed to', (person, branch) => void person.commit(branch, 'theirs.txt')],
  ])('goes on from a branch that was %s while the first task of its phase worked', async (how, change) => {
    const slug = rig.slug(how.replace(' ', '-'));
    const base = `base-${slug}`;
    const go = `${rig.home}/${slug}`;
    const person = personAt(rig.home, rig.repository);
    person.force(base, rig.git('rev-parse', 'main'));
    rig.setEntries([implementerAfter(`while [ ! -e '${go}' ]; do sleep 0.1; done`), gatekeeper]);
    const handle = await rig.start(slug, { ...noApprovals, base, phases: one });
    const task = rig.task(slug, 1, 1);
    await rig.until<TaskStatusView>(task, 'the agent', ({ status }) => status === 'claimed');
    change(person, `project/${slug}/phase/1/only`);
    writeFileSync(go, '');
    expect((await failed(slug)).phases[0]?.reason).toBe('lease_lost');
    await retry(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const files = rig.git('ls-tree', '--name-only', base);
    expect(files).toContain('work-');
    expect(files.includes('theirs.txt')).toBe(how === 'pushed to');
  });

  it('finds a phase that was merged when it was terminated, and merges nothing twice', async () => {
    const slug = rig.slug('merged');
    rig.setEntries(obedient);
    const handle = await rig.start(slug, { approval: { project: 'none' }, phases: one });
    const seen = await rig.gate(rig.phase(slug, 1));
    const integration = `project/${slug}/integration`;
    await rig.stopWorker();
    await rig.phase(slug, 1).terminate('lost');
    // What the phase would have done next, as far as git can tell.
    const checkout = `${rig.home}/merge-${slug}`;
    rig.git('worktree', 'add', '-q', '--detach', checkout, integration);
    rig.git('-C', checkout, 'merge', '-q', '--no-ff', '--no-edit', seen.branch);
    rig.git('update-ref', `refs/heads/${integration}`, rig.git('-C', checkout, 'rev-parse', 'HEAD'));
    rig.git('worktree', 'remove', '--force', checkout);
    await rig.startWorker();
    await failed(slug);
    await retry(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const merges = rig.git('rev-list', '--count', '--merges', `${seen.headSha}..main`);
    expect(Number(merges)).toBe(2); // into integration, by hand; into base
    expect(rig.git('show', '-s', '--format=%s', 'main')).toContain('Merge');
  });
});

describe('a maker that stands by its work', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());
  const one = [{ name: 'Only', tasks: ['Do it'] }];

  it('is heard by the judge, who may accept the same candidate', async () => {
    const slug = rig.slug('stands');
    rig.setEntries([
      { ...implementer, turn: 1 },
      { ...standsByIt, turn: 2 },
      { ...rejects, turn: 1 },
      { ...gatekeeper, turn: 2 },
    ]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(rig.readArtifact(`${slug}/1/1/2/gatekeeper.prompt.md`)).toContain('The plural is right.');
    expect((await rig.status(slug)).phases[0]?.tasks[0]).toMatchObject({ attempts: 2 });
  });

  it('and is rejected twice with the same tree, becomes a question to a person', async () => {
    const slug = rig.slug('asks');
    rig.setEntries([
      { ...implementer, turn: 1 },
      { ...standsByIt, turn: 2 },
      { ...standsByIt, turn: 3 },
      { ...rejects, turn: 1 },
      { ...rejects, turn: 2 },
      { ...gatekeeper, turn: 3 },
    ]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one });
    const task = rig.task(slug, 1, 1);
    const asking = await rig.until<TaskStatusView>(task, 'the question', ({ question }) => question !== null);
    expect(asking).toMatchObject({ status: 'blocked', attempts: 2 });
    expect(asking.question).toContain('Mind the plural.');
    expect(asking.question).toContain('The plural is right.');
    await task.executeUpdate('answer', { args: [{ by: 'ann', text: 'The maker is right.' }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks[0]).toMatchObject({ status: 'done' });
  });
});

describe('a host that is away', () => {
  it('is waited for: no time limit begins before its worker has taken the work', async () => {
    const rig = await startRig();
    try {
      const slug = rig.slug('away');
      const handle = await rig.start(slug, { ...noApprovals, phases: [{ name: 'Only', tasks: ['Do it'] }] });
      await handle.result();
      const scheduled = (
        await Promise.all(
          [handle, rig.phase(slug, 1), rig.task(slug, 1, 1)].map(async (each) =>
            scheduledIn(await historyOf(each)),
          ),
        )
      ).flat();
      const secondsOf = (limit: unknown) =>
        Number((limit as { readonly seconds?: unknown } | null)?.seconds ?? 0);
      const bounded = scheduled.filter(
        ({ attributes }) =>
          secondsOf(attributes['scheduleToStartTimeout']) + secondsOf(attributes['scheduleToCloseTimeout']) >
          0,
      );
      expect(scheduled.length).toBeGreaterThan(10);
      // Clean-up after the end gives up; the sweep at the next worker start does the rest.
      expect(bounded.map(activityOf)).toEqual(['closeWorkspace']);
    } finally {
      await rig.close();
    }
  });
});
