/** A base that is renamed while a project runs is followed by the host's own redirect, or asked about; never a dead end. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hostedName } from '../support/rig-code-host.ts';
import { type ProjectStatusView, type Rig, startRig, type TaskStatusView } from '../support/rig.ts';

const phases = [{ name: 'One', tasks: ['First'] }];

describe('on a code host', () => {
  let rig: Rig;
  let base = 'main';
  let made = 0;
  beforeAll(async () => {
    rig = await startRig({ codeHost: true });
  });
  afterAll(async () => {
    expect(rig.codeHost?.nonConforming()).toEqual([]);
    await rig.close();
  });
  beforeEach(() => {
    made += 1;
  });

  /** The base's new name. */
  function rename(): string {
    const to = `trunk/${made}`;
    rig.codeHost?.renameBranch({ as: 'pia', repo: hostedName, from: base, to });
    base = to;
    return to;
  }
  const holds = (name: string, sha: string | null) =>
    expect(rig.git('merge-base', '--is-ancestor', sha ?? 'none', name)).toBe('');

  it('takes the pull request along at its gate, where nothing has to be put right', async () => {
    const slug = rig.slug('gate');
    const handle = await rig.start(slug, { base, approval: { phases: 'none' }, phases });
    const { gate } = await rig.gate<ProjectStatusView>(handle);
    const name = rename();
    await handle.signal('codeHostChanged', { repository: hostedName, number: null });
    await rig.until<ProjectStatusView>(handle, 'a look', (view) => view.gate?.id === gate.id);
    await handle.executeUpdate('approve', { args: [{ gateId: gate.id }] });
    const ended = await handle.result();
    expect(ended).toMatchObject({ status: 'done', baseBranch: name });
    holds(name, ended.mergedSha);
    expect(
      rig.codeHost?.effects.pullRequestsOpened.filter(({ ref }) => ref?.includes(`/${slug}/integration`)),
    ).toHaveLength(1);
  });

  it('is found by a project that had opened nothing into it yet', async () => {
    const slug = rig.slug('early');
    const handle = await rig.start(slug, { base, approval: { project: 'none' }, phases });
    await rig.gate(rig.phase(slug, 1));
    const name = rename();
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done', baseBranch: name });
  });

  it('is followed by a standalone task too', async () => {
    const handle = await rig.startTask(rig.slug('task'), { base });
    await rig.gate<TaskStatusView>(handle);
    const name = rename();
    await handle.executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(rig.git('log', '--format=%s', '-1', name)).toContain('Merge pull request');
  });
});

describe('where nobody tells', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it('is asked about in a sentence that names the way out, and goes where people say', async () => {
    const slug = rig.slug('asked');
    const handle = await rig.start(slug, { approval: { project: 'none' }, phases });
    await rig.gate(rig.phase(slug, 1));
    rig.git('branch', '-m', 'main', 'trunk');
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    const stopped = await rig.until<ProjectStatusView>(
      handle,
      'the stop',
      (view) => view.condition === 'failed',
    );
    expect(stopped.waitingFor ?? stopped.detail).toContain('phasewright retry SLUG --base NAME');
    await expect(handle.executeUpdate('retry', { args: [{ base: 'no branch' }] })).rejects.toMatchObject({
      cause: { type: 'InvalidMessage' },
    });
    await handle.executeUpdate('retry', { args: [{ base: 'trunk' }] });
    expect(await handle.result()).toMatchObject({ status: 'done', baseBranch: 'trunk' });
    expect(rig.git('branch', '--list', 'main')).toBe('');
  });
});
