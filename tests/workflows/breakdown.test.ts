/** The tasks of a phase that an agent writes: like a person's, whatever becomes of the run that asked for them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from '../support/eventually.ts';
import {
  gatekeeper,
  implementer,
  implementerAfter,
  noApprovals,
  type ProjectStatusView,
  type Rig,
  type ScriptEntry,
  startRig,
} from '../support/rig.ts';

const writesTasks = {
  role: 'breakdown',
  result: {
    tasks: [
      { title: 'One', description: 'Describe the first.', acceptance: ['It is first.'] },
      { title: 'Two', description: 'Describe the second.', acceptance: ['It is second.'], depends_on: [1] },
    ],
  },
};
const writesNone = { role: 'breakdown', result: { tasks: [] } };
const givesUp = { role: 'implementer', result: { outcome: 'failed', summary: 'I could not.' } };

describe('a phase that an agent breaks down', () => {
  let rig: Rig;
  let setEntries: (entries: readonly ScriptEntry[]) => void;
  beforeAll(async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'breakdown-')), 'script.yaml');
    const script = { engine: 'script', script: file };
    setEntries = (entries) => writeFileSync(file, stringify({ entries }));
    setEntries([]);
    rig = await startRig({ agents: { implementer: script, gatekeeper: script, breakdown: script } });
  });
  afterAll(() => rig.close());

  const start = (slug: string, attempts = 1) =>
    rig.start(slug, {
      ...noApprovals,
      phases: [{ name: 'Only', breakdown: true }],
      limits: { attempts },
    });
  const failed = (slug: string, which = (_view: ProjectStatusView) => true) =>
    rig.until<ProjectStatusView>(
      rig.project(slug),
      'the failure',
      (each) => each.condition === 'failed' && which(each),
    );
  const retry = (slug: string, args: Readonly<Record<string, unknown>> = {}) =>
    rig.project(slug).executeUpdate('retry', { args: [args] });

  it('is broken down again after a failure, with what a person says, as the next attempt', async () => {
    const slug = rig.slug('again');
    const untitled = { role: 'breakdown', attempt: 2, result: { tasks: [{ description: 'Do it.' }] } };
    setEntries([{ ...writesNone, attempt: 1 }, untitled, implementer, gatekeeper]);
    const handle = await start(slug, 2);
    expect((await failed(slug)).phases[0]).toMatchObject({
      reason: 'breakdown_failed',
      tasks: [],
      detail: expect.stringMatching(
        /in 2 attempts\. First: .*'tasks' is empty.* Last: .*The title is missing/,
      ),
    });
    const first = rig.readArtifact(`${slug}/1/0/1/breakdown.result.json`);

    setEntries([writesTasks, implementer, gatekeeper]);
    await retry(slug, { feedback: 'Make them smaller.' });

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ title: 'One' }, { title: 'Two' }]);
    expect(rig.readArtifact(`${slug}/1/0/1/breakdown.result.json`)).toBe(first);
    expect(rig.readArtifact(`${slug}/1/0/3/breakdown.prompt.md`)).toContain('Make them smaller.');
  });

  it('keeps what its tasks are about over retries', async () => {
    const slug = rig.slug('kept');
    setEntries([writesTasks, givesUp, gatekeeper]);
    const handle = await start(slug);
    await failed(slug);
    setEntries([writesTasks, implementer, gatekeeper]);
    await retry(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    for (const [id, texts] of [
      ['1/2', ['Describe the first.', 'It is first.']],
      ['2/1', ['Describe the second.', 'It is second.']],
    ] as const)
      for (const text of texts) expect(rig.readArtifact(`${slug}/1/${id}/prompt.md`)).toContain(text);
  });

  it('is not broken down anew when it vanished after its tasks were written', async () => {
    const slug = rig.slug('vanished');
    setEntries([writesTasks, implementerAfter('sleep 60'), gatekeeper]);
    const handle = await start(slug);
    await eventually(
      'its tasks in the status of the project',
      async () => (await rig.status(slug)).phases[0]?.tasks.length === 2,
    );
    await rig.phase(slug, 1).terminate('gone');
    await failed(slug);
    setEntries([writesNone, implementer, gatekeeper]);
    await retry(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ title: 'One' }, { title: 'Two' }]);
  });
});
