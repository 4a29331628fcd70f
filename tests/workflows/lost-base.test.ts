/** The integration branch, deleted, rewound or overwritten while a project runs: what had landed on it is put back, or its loss is said. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, personAt } from '../support/person.ts';
import { type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

describe('an integration branch that lost a phase', () => {
  let rig: Rig;
  let person: Person;
  beforeAll(async () => {
    rig = await startRig();
    person = personAt(rig.home, rig.repository);
  });
  afterAll(() => rig.close());

  const failed = (slug: string) =>
    rig.until<ProjectStatusView>(rig.project(slug), 'the stop', (each) => each.condition === 'failed');
  const retry = (slug: string) => rig.project(slug).executeUpdate('retry', { args: [{}] });
  const approve = async (slug: string, phase: number, notThis?: string) => {
    const { gate } = await rig.gate(rig.phase(slug, phase), notThis);
    await rig.phase(slug, phase).executeUpdate('approve', { args: [{ by: 'ann', gateId: gate.id }] });
    return gate;
  };
  const firstCommit = async (slug: string) => (await rig.status(slug)).phases[0]?.tasks[0]?.commit ?? '';
  const holds = (branch: string, sha: string) =>
    rig.git('branch', '--list', branch, '--contains', sha) !== '';

  /** Two phases with gates, on a base of their own. */
  async function start(name: string) {
    const slug = rig.slug(name);
    const base = `base-${name}`;
    person.force(base, rig.git('rev-parse', 'main'));
    const handle = await rig.start(slug, {
      base,
      approval: { phases: 'required', project: 'none' },
      phases: [
        { name: 'A', tasks: ['One'] },
        { name: 'B', tasks: ['Two'] },
      ],
    });
    return { slug, base, handle, integration: `project/${slug}/integration` };
  }
  type Project = Awaited<ReturnType<typeof start>>;

  async function expectAllOnBase({ slug, base, handle }: Project): Promise<void> {
    expect(await handle.result()).toMatchObject({ status: 'done' });
    for (const { tasks } of (await rig.status(slug)).phases)
      for (const { commit } of tasks) expect(holds(base, commit ?? '')).toBe(true);
  }

  it.each([
    ['deleted', ({ integration }: Project) => person.deleteBranch(integration)],
    ['rewound', ({ integration, base }: Project) => person.force(integration, rig.git('rev-parse', base))],
  ])('is put back before the next phase makes its branch, when it was %s', async (how, lose) => {
    const project = await start(`before-${how}`);
    const { slug, integration } = project;
    await rig.gate(rig.phase(slug, 1));
    const inTheWay = `project/${slug}/phase/2/b/child`;
    person.force(inTheWay, rig.git('rev-parse', 'main'));
    await approve(slug, 1);
    await failed(slug);
    person.deleteBranch(inTheWay);
    const landed = rig.git('rev-parse', integration);
    lose(project);
    await retry(slug);
    await rig.gate(rig.phase(slug, 2));
    expect(rig.git('rev-parse', integration)).toBe(landed);
    await approve(slug, 2);
    await expectAllOnBase(project);
  });

  it('is put back when it was rewound at the gate of a later phase', async () => {
    const project = await start('at-gate');
    const { slug, base, integration } = project;
    await approve(slug, 1);
    await rig.gate(rig.phase(slug, 2));
    const landed = rig.git('rev-parse', integration);
    person.force(integration, rig.git('rev-parse', base));
    await approve(slug, 2);
    await expectAllOnBase(project);
    expect(holds(integration, landed)).toBe(true);
  });

  it('and was overwritten at the gate of a later phase stops it, until it is put back and people are asked again', async () => {
    const project = await start('overwritten');
    const { slug, base, integration } = project;
    await approve(slug, 1);
    await rig.gate(rig.phase(slug, 2));
    const landed = rig.git('rev-parse', integration);
    const theirs = person.replace(integration, base);
    const asked = await approve(slug, 2);
    const { waitingFor } = await failed(slug);
    expect(waitingFor).toContain(`is at ${theirs} on the remote, which does not hold ${landed}`);
    expect(waitingFor).toContain(`${landed}:refs/heads/${integration}`);
    expect(rig.git('rev-parse', integration)).toBe(theirs);
    expect(holds(integration, await firstCommit(slug))).toBe(false);

    person.force(integration, landed);
    await retry(slug);
    await approve(slug, 2, asked.id);
    await expectAllOnBase(project);
    expect(holds(base, theirs)).toBe(false);
  });

  it('and a branch whose head nobody here has any more stop with the command, and go on when it is pushed', async () => {
    const { slug, handle } = await start('no-copy');
    const { gate } = await rig.gate(rig.phase(slug, 1));
    const branch = `project/${slug}/phase/1/a`;
    await rig.stopWorker();
    for (const folder of ['mirrors', 'worktrees'])
      rmSync(join(rig.home, folder), { recursive: true, force: true });
    person.deleteBranch(branch);
    await rig.startWorker();
    await approve(slug, 1);
    expect((await failed(slug)).waitingFor).toContain(`${gate.headSha}:refs/heads/${branch}`);

    person.force(branch, gate.headSha ?? '');
    await retry(slug);
    await approve(slug, 1, gate.id);
    await approve(slug, 2);
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});
