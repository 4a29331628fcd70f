/** A run that vanishes says nothing any more: a retry goes on from what was known of it, as from a run that ended. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import {
  gatekeeper,
  implementer,
  implementerAfter,
  noApprovals,
  obedient,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';

const rejects = { role: 'gatekeeper', result: { decision: 'reject', comments: ['Mind the plural.'] } };
const hangsIn = (attempt: number) =>
  implementerAfter(`if [ "$PHASEWRIGHT_ATTEMPT" = ${attempt} ]; then sleep 60; fi`);

describe('a retry after a run that vanished', () => {
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
  const prompt = (slug: string, task: number, attempt: number) =>
    rig.readArtifact(`${slug}/1/${task}/${attempt}/prompt.md`);
  const begun = (slug: string, task: number, attempt: number) =>
    eventually(`attempt ${attempt} of task ${task}`, () =>
      existsSync(join(rig.home, 'artifacts', slug, `1/${task}/${attempt}/prompt.md`)),
    );

  it.each([
    ['task', (slug: string) => rig.task(slug, 1, 1).terminate('gone')],
    ['phase', (slug: string) => rig.phase(slug, 1).terminate('gone')],
  ])('goes on counting when its %s was terminated in a second attempt', async (what, end) => {
    const slug = rig.slug(`second-${what}`);
    rig.setEntries([hangsIn(2), rejects]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one });
    await begun(slug, 1, 2);
    const prompts = [prompt(slug, 1, 1), prompt(slug, 1, 2)];
    await end(slug);
    expect((await failed(slug)).phases[0]?.tasks[0]).toMatchObject({ status: 'failed', attempts: 2 });

    rig.setEntries(obedient);
    await retry(slug, { feedback: 'Shorter, please.' });

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect([prompt(slug, 1, 1), prompt(slug, 1, 2)]).toEqual(prompts);
    expect(prompt(slug, 1, 3)).toContain('Mind the plural.');
    expect(prompt(slug, 1, 3)).toContain('Shorter, please.');
    expect((await rig.status(slug)).phases[0]?.tasks[0]).toMatchObject({ status: 'done', attempts: 3 });
  });

  it('takes no number of an attempt that nobody had heard of', async () => {
    const slug = rig.slug('first');
    rig.setEntries([hangsIn(1), gatekeeper]);
    const handle = await rig.start(slug, {
      ...noApprovals,
      phases: [{ name: 'Only', tasks: ['Do it', 'Then that'] }],
    });
    await begun(slug, 1, 1);
    await rig.phase(slug, 1).cancel();
    await failed(slug);

    rig.setEntries(obedient);
    await retry(slug);

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ attempts: 2 }, { attempts: 1 }]);
  });

  it('tells the words of a retry whose run vanished too', async () => {
    const slug = rig.slug('words');
    rig.setEntries([hangsIn(1), gatekeeper]);
    const handle = await rig.start(slug, { ...noApprovals, phases: one });
    await begun(slug, 1, 1);
    await rig.phase(slug, 1).terminate('gone');
    await failed(slug);
    rig.setEntries([hangsIn(2), gatekeeper]);
    await retry(slug, { feedback: 'Keep the API.' });
    await begun(slug, 1, 2);
    await rig.phase(slug, 1).terminate('gone again');
    await failed(slug);

    rig.setEntries(obedient);
    await retry(slug);

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(prompt(slug, 1, 3)).toContain('Keep the API.');
  });

  it('makes the revision that was asked for, before anybody is asked again', async () => {
    const slug = rig.slug('revision');
    rig.setEntries(obedient);
    await rig.start(slug, { approval: { project: 'none' }, phases: one });
    const first = await rig.gate(rig.phase(slug, 1));
    rig.setEntries([hangsIn(1), gatekeeper]);
    await rig
      .phase(slug, 1)
      .executeUpdate('reject', { args: [{ by: 'ann', gateId: first.gate.id, comment: 'Say more.' }] });
    await begun(slug, 2, 1);
    await rig.phase(slug, 1).terminate('gone');
    await failed(slug);

    rig.setEntries([implementer, gatekeeper]);
    await retry(slug);

    const second = await rig.gate(rig.phase(slug, 1), first.gate.id);
    expect(second.headSha).not.toBe(first.headSha);
    expect(second.tasks).toMatchObject([{ status: 'done' }, { status: 'done', attempts: 2 }]);
    expect(prompt(slug, 2, 2)).toContain('Say more.');
    await rig.project(slug).terminate();
  });
});
