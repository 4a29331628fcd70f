/** The acceptance table: what earlier orchestrators got wrong. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  noApprovals,
  obedient,
  type ProjectStatusView,
  type Rig,
  type ScriptEntry,
  startRig,
} from '../support/rig.ts';

const phase = (name: string, tasks: unknown[], extra: object = {}) => ({ name, tasks, ...extra });

describe('acceptance', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const withEntries = async (entries: readonly ScriptEntry[]) => {
    await rig.stopWorker();
    rig.setEntries(entries);
    await rig.startWorker();
  };

  it('(a, c, d, e) each phase advances once, starts the next by itself, and tells it what was done before', async () => {
    const slug = rig.slug('abc');
    const phases = [
      phase('Schema', ['Add table', 'Add index']),
      phase('API', ['Add endpoint']),
      phase('UI', ['Add page']),
    ];
    await (await rig.start(slug, { phases, ...noApprovals })).result();

    const view = await rig.status(slug);
    expect(view.advances.map((step) => [step.phaseCompleted.number, step.stage])).toEqual([
      [1, 'next_phase_started'],
      [2, 'next_phase_started'],
      [3, 'workflow_complete'],
    ]);
    const prompt = rig.readArtifact(`${slug}/3/1/1/prompt.md`);
    const progress = prompt.slice(prompt.indexOf('# Project Progress'), prompt.indexOf('# Your Tasks'));
    for (const [index, name] of ['Schema', 'API'].entries()) {
      const { branch, pullRequest } = view.phases[index] ?? {};
      expect(progress).toContain(`## Completed: ${name} — branch \`${branch}\` (PR #${pullRequest?.number})`);
    }
    for (const title of ['Add table', 'Add index', 'Add endpoint']) expect(progress).toContain(title);
    const context = prompt.slice(prompt.indexOf('## Git Context'));
    expect(context).toContain(view.phases[2]?.branch);
    expect(context).toContain(`Based on`);
    expect(context).toContain(view.integrationBranch);
    expect(context).toMatch(/PR will target/);
  });

  describe('(b) a branch conflict is refused before any agent starts', () => {
    const cases: [string, (slug: string) => { own: string; other: string; phases: object[] }][] = [
      [
        'equal to the integration branch',
        (slug) => ({
          own: `project/${slug}/integration`,
          other: `project/${slug}/integration`,
          phases: [phase('One', ['Do'], { branch: `project/${slug}/integration` })],
        }),
      ],
      [
        'below the integration branch',
        (slug) => ({
          own: `project/${slug}/integration/child`,
          other: `project/${slug}/integration`,
          phases: [phase('One', ['Do'], { branch: `project/${slug}/integration/child` })],
        }),
      ],
      [
        'above another phase',
        (slug) => ({
          own: `work/${slug}`,
          other: `work/${slug}/two`,
          phases: [
            phase('One', ['Do'], { branch: `work/${slug}` }),
            phase('Two', ['Do'], { branch: `work/${slug}/two` }),
          ],
        }),
      ],
    ];

    it.each(cases)('%s', async (name, build) => {
      const slug = rig.slug(`conflict-${name.replaceAll(' ', '-').slice(0, 20)}`);
      const { own, other, phases } = build(slug);
      await rig.start(slug, { phases, ...noApprovals });
      const view = await rig.until<ProjectStatusView>(
        rig.project(slug),
        'the conflict',
        (each) => each.condition === 'failed',
      );
      const said = view.waitingFor ?? '';
      expect([own, other].every((branch) => said.includes(`'${branch}'`))).toBe(true);
      expect(said).toContain(
        'exists as a sibling branch in the same project. To fix: update the branch name of the conflicting phase in the project file, or rename the conflicting remote branch before continuing.',
      );
      expect(view.phases.flatMap((each) => each.tasks).map((task) => task.attempts)).toEqual(
        phases.map(() => 0),
      );
      expect(rig.git('branch', '--list', `project/${slug}/*`, `work/${slug}*`)).toBe('');
      await rig.project(slug).cancel();
      await expect(rig.project(slug).result()).rejects.toThrow();
    });

    it("on the remote, with the project going on after the person's branch was renamed", async () => {
      const slug = rig.slug('remote');
      rig.git('branch', `project/${slug}`, 'main');
      const handle = await rig.start(slug, { phases: [phase('One', ['Do'])], ...noApprovals });
      const view = await rig.until<ProjectStatusView>(
        rig.project(slug),
        'the conflict',
        (each) => each.condition === 'failed',
      );
      expect(view.waitingFor).toContain(`project/${slug}`);
      expect(view.waitingFor).not.toContain('sibling branch');
      rig.git('branch', '-m', `project/${slug}`, `theirs-${slug}`);
      await rig.project(slug).executeUpdate('retry', { args: [{}] });
      expect(await handle.result()).toMatchObject({ status: 'done' });
    });
  });

  it('(b) a conflict that appears later fails the phase before its agents; amend names another branch, retry goes on', async () => {
    const slug = rig.slug('later');
    const handle = await rig.start(slug, {
      phases: [phase('One', ['A']), phase('Two', ['B'])],
      approval: { project: 'none' },
    });
    const gated = await rig.gate(rig.phase(slug, 1));
    const wanted = (await rig.status(slug)).phases[1]?.branch ?? '';
    rig.git('branch', `${wanted}/theirs`, 'main');
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ headSha: gated.headSha }] });
    const failed = await rig.until<ProjectStatusView>(
      handle,
      'the conflict',
      (each) => each.condition === 'failed',
    );
    expect(failed.advances.at(-1)).toMatchObject({
      stage: 'complete_phase',
      phaseCompleted: { number: 2, reason: 'branch_conflict' },
    });
    expect(failed.phases[1]?.tasks[0]?.attempts).toBe(0);
    await expect(
      handle.executeUpdate('amend', { args: [{ phases: [{ phase: 1, branch: 'x' }] }] }),
    ).rejects.toThrow();
    await handle.executeUpdate('amend', { args: [{ phases: [{ phase: 2, branch: `other/${slug}` }] }] });
    await handle.executeUpdate('retry', { args: [{}] });
    const second = await rig.gate(rig.phase(slug, 2));
    expect(second.branch).toBe(`other/${slug}`);
    await rig.phase(slug, 2).executeUpdate('approve', { args: [{ headSha: second.headSha }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('(f) after a failed phase its unfinished tasks are failed, the next phase has not started, and retry keeps accepted tasks and its own branch', async () => {
    const slug = rig.slug('failed');
    await withEntries(
      [
        {
          role: 'implementer',
          phase: 1,
          task: 2,
          when: undefined,
          result: { outcome: 'failed', summary: 'cannot' },
        },
        ...obedient,
      ].map((entry) => JSON.parse(JSON.stringify(entry)) as ScriptEntry),
    );
    const phases = [phase('One', ['First', 'Second', 'Third']), phase('Two', ['Later'])];
    const handle = await rig.start(slug, { phases, ...noApprovals, limits: { attempts: 2 } });
    const failed = await rig.until<ProjectStatusView>(
      rig.project(slug),
      'the failure',
      (each) => each.condition === 'failed',
    );

    expect(failed.advances).toHaveLength(1);
    expect(failed.advances[0]).toMatchObject({
      stage: 'complete_phase',
      success: false,
      phaseCompleted: { number: 1, status: 'failed', reason: 'attempts_used_up' },
    });
    expect(failed.phases[0]?.tasks.map((task) => task.status)).toEqual(['done', 'failed', 'failed']);
    expect(failed.phases[1]).toMatchObject({ status: 'pending', tasks: [{ status: 'incoming' }] });
    const landed = failed.phases[0]?.tasks[0]?.commit;
    expect(rig.git('branch', '--list', failed.phases[1]?.branch ?? '')).toBe('');

    await withEntries(obedient);
    expect(
      await rig
        .project(slug)
        .executeUpdate('retry', { args: [{ phase: 1, feedback: 'Try the other way.' }] }),
    ).toMatchObject({ message: expect.stringContaining('accepted tasks are kept') });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const done = await rig.status(slug);
    expect(done.phases[0]?.tasks[0]?.commit).toBe(landed);
    expect(done.advances.map((step) => step.stage)).toEqual([
      'complete_phase',
      'next_phase_started',
      'workflow_complete',
    ]);
    expect(rig.readArtifact(`${slug}/1/2/3/prompt.md`)).toContain('Try the other way.');
    const commits = rig.git(
      'log',
      '--no-merges',
      '--format=%(trailers:key=Phasewright-Task,valueonly,separator=%x2C)',
      `main`,
      `--grep=Phasewright-Project: ${slug}`,
    );
    expect(commits.split('\n').sort()).toEqual(['1', '1', '2', '3']);
  });

  it('a person rejects at the gate: a revision task, one more commit, the same pull request, a new gate on the new head', async () => {
    const slug = rig.slug('revised');
    const handle = await rig.start(slug, {
      phases: [phase('One', ['Do it'])],
      approval: { project: 'none' },
    });
    const first = await rig.gate(rig.phase(slug, 1));
    await rig
      .phase(slug, 1)
      .executeUpdate('reject', { args: [{ by: 'ann', comment: 'Name it better.', headSha: first.headSha }] });
    const second = await rig.gate(rig.phase(slug, 1), first.gate?.id);

    expect(second.pullRequest?.number).toBe(first.pullRequest?.number);
    expect(second.headSha).not.toBe(first.headSha);
    expect(rig.git('rev-parse', `${second.headSha}^`)).toBe(first.headSha);
    expect(second.tasks.map((task) => task.status)).toEqual(['done', 'done']);
    expect(rig.readArtifact(`${slug}/1/2/1/prompt.md`)).toContain('Name it better.');
    await expect(
      rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: first.headSha }] }),
    ).rejects.toMatchObject({ cause: { type: 'StaleHead' } });
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: second.headSha }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('project mode: one pull request for everything, phases merged by plumbing', async () => {
    const slug = rig.slug('onepr');
    await (
      await rig.start(slug, {
        pull_requests: 'project',
        phases: [phase('One', ['A']), phase('Two', ['B'])],
        ...noApprovals,
      })
    ).result();
    const view = await rig.status(slug);
    expect(view.phases.map((each) => each.pullRequest)).toEqual([null, null]);
    expect(view.pullRequest).toMatchObject({ state: 'merged' });
    expect(rig.git('merge-base', '--is-ancestor', view.phases[1]?.headSha ?? '', 'main')).toBe('');
  });

  it('a standalone task: exactly one pull request of its own, merged when approved', async () => {
    const slug = rig.slug('alone');
    const handle = await rig.startTask(slug, { title: 'Mend the roof' });
    const gated = await rig.gate(handle);
    expect(gated.pullRequest).toMatchObject({ state: 'open' });
    await handle.executeUpdate('approve', { args: [{ by: 'ann', headSha: gated.gate?.headSha }] });
    const outcome = (await handle.result()) as {
      status: string;
      commit: string;
      pullRequest: { state: string };
    };
    expect(outcome).toMatchObject({ status: 'done', pullRequest: { state: 'merged' } });
    expect(rig.git('merge-base', '--is-ancestor', outcome.commit, 'main')).toBe('');
  });
});
