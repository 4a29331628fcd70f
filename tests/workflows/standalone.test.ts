/** A task without a project: its own branch, exactly one pull request, its own gate. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { TaskOutcome } from '../../domain/progress/outcomes.ts';
import { armFaults } from '../../activities/support/fault-points.ts';
import { type Person, personAt } from '../support/person.ts';
import {
  gatekeeper,
  implementerAfter,
  obedient,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

describe('a standalone task', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());
  const withEntries = async (entries: Parameters<Rig['setEntries']>[0]) => {
    await rig.stopWorker();
    rig.setEntries(entries);
    await rig.startWorker();
  };

  it('rejected at its gate: one more commit on the same branch, the same pull request, and the comment in the prompt', async () => {
    const slug = rig.slug('rejected');
    const handle = await rig.startTask(slug, { title: 'Mend the roof', checks: ['true'] });
    const first = await rig.gate<TaskStatusView>(handle);
    await handle.executeUpdate('reject', {
      args: [{ by: 'ann', comment: 'Use slate.', headSha: first.gate?.headSha }],
    });
    const second = await rig.gate<TaskStatusView>(handle, first.gate?.id);
    expect(second.pullRequest?.number).toBe(first.pullRequest?.number);
    expect(rig.git('rev-parse', `${second.gate?.headSha}^`)).toBe(first.gate?.headSha);
    expect(rig.readArtifact(`task.${slug}/0/1/2/prompt.md`)).toContain('Use slate.');
    await handle.executeUpdate('approve', { args: [{ by: 'ann', headSha: second.gate?.headSha }] });
    expect((await handle.result()) as TaskOutcome).toMatchObject({ status: 'done', attempts: 2 });
    expect(rig.git('for-each-ref', `refs/phasewright`)).toBe('');
  });

  it('that failed stays open; retry goes on counting its attempts, on its own branch', async () => {
    const slug = rig.slug('failed');
    const givesUp = (attempt: number, summary: string) => ({
      role: 'implementer',
      attempt,
      result: { outcome: 'failed', summary },
    });
    await withEntries([givesUp(1, 'No ladder.'), givesUp(2, 'No nails.')]);
    const handle = await rig.startTask(slug, { limits: { attempts: 2 }, approval: { project: 'none' } });
    const failed = await rig.until<TaskStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
    );
    expect(failed).toMatchObject({
      attempts: 2,
      reason: 'attempts_used_up',
      detail: 'Used up its 2 attempts. First: It gave up: No ladder. Last: It gave up: No nails.',
      waitingFor: expect.stringContaining('a retry: Used up its 2 attempts. First: '),
    });
    await expect(handle.executeUpdate('approve', { args: [{}] })).rejects.toMatchObject({
      cause: { type: 'NoOpenGate' },
    });
    await withEntries(obedient);
    await handle.executeUpdate('retry', { args: [{ by: 'ann', feedback: 'Borrow one.' }] });
    expect(await handle.result()).toMatchObject({
      status: 'done',
      attempts: 3,
      pullRequest: { state: 'merged' },
    });
    expect(rig.readArtifact(`task.${slug}/0/1/1/prompt.md`)).not.toContain('Borrow one.');
    const third = rig.readArtifact(`task.${slug}/0/1/3/prompt.md`);
    expect(third).toContain('Borrow one.');
    // What the agent heard of its first two attempts is still in front of it.
    expect(third).toContain('No ladder.');
  });

  const failed = (handle: WorkflowHandle) =>
    rig.until<TaskStatusView>(handle, 'the failure', (each) => each.condition === 'failed');
  const retry = (handle: WorkflowHandle) => handle.executeUpdate('retry', { args: [{ by: 'ann' }] });

  /** On a base of its own; while its agent works, somebody changes its branch. */
  async function startAmid(name: string, change: (person: Person, branch: string) => void) {
    const slug = rig.slug(name);
    const base = `base-${name}`;
    const go = join(rig.home, slug);
    const person = personAt(rig.home, rig.repository);
    await withEntries([implementerAfter(`while [ ! -e '${go}' ]; do sleep 0.1; done`), gatekeeper]);
    person.force(base, rig.git('rev-parse', 'main'));
    const baseSha = person.commit(base, 'before.txt');
    const handle = await rig.startTask(slug, { base, approval: { project: 'none' } });
    await rig.until<TaskStatusView>(handle, 'the agent', ({ status }) => status === 'claimed');
    change(person, `task/${slug}`);
    writeFileSync(go, '');
    expect((await failed(handle)).reason).toBe('lease_lost');
    await retry(handle);
    return { handle, base, baseSha };
  }

  it('whose branch was deleted while its agent worked puts it back with a retry', async () => {
    const { handle } = await startAmid('deleted', (person, branch) => person.deleteBranch(branch));
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('whose branch was pushed to while its agent worked goes on from there with a retry', async () => {
    const { handle, base } = await startAmid('pushed', (person, branch) => {
      person.commit(branch, 'theirs.txt');
    });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(rig.git('ls-tree', '--name-only', base)).toContain('theirs.txt');
  });

  it('whose branch was overwritten while its agent worked says so, and then goes on from there', async () => {
    let theirs = '';
    const { handle, base, baseSha } = await startAmid('overwritten', (person, branch) => {
      theirs = person.replace(branch, 'main');
    });
    await rig.until<TaskStatusView>(
      handle,
      'the way out',
      ({ condition, detail }) => condition === 'failed' && detail.includes(`from ${baseSha} to ${theirs}`),
    );
    await retry(handle);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(rig.git('branch', '--list', base, '--contains', theirs)).not.toBe('');
  });

  it('makes no second commit when the answers of its push were lost', async () => {
    const slug = rig.slug('unheard');
    await withEntries(obedient);
    const lost = [2, 3, 4, 5].map((hit) => `land:before@${hit}=throw`);
    armFaults(['land:effect@1=throw', ...lost].join('; '));
    const handle = await rig.startTask(slug, { approval: { project: 'none' } });
    await failed(handle);
    armFaults('');
    await retry(handle);
    expect(await handle.result()).toMatchObject({ status: 'done', attempts: 1 });
    const commits = rig.git(
      'log',
      '--no-merges',
      '--format=%H',
      `--grep=Phasewright-Project: ${slug}`,
      'main',
    );
    expect(commits.split('\n')).toHaveLength(1);
  });

  it('refuses to start on a branch that is there, and says whose it may be', async () => {
    const slug = rig.slug('taken');
    rig.git('branch', `task/${slug}/child`, 'main');
    const handle = await rig.startTask(slug, {});
    const view = await rig.until<TaskStatusView>(
      handle,
      'the conflict',
      (each) => each.condition === 'failed',
    );
    expect(view).toMatchObject({
      reason: 'branch_conflict',
      attempts: 0,
      detail: expect.stringContaining(`task/${slug}/child`),
    });
    rig.git('branch', '-D', `task/${slug}/child`);
    await handle.executeUpdate('retry', { args: [{}] });
    const gated = await rig.gate<TaskStatusView>(handle);
    await handle.executeUpdate('approve', { args: [{ headSha: gated.gate?.headSha }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('cancelled: agents and worktree go, the branch stays, the pull request hears why', async () => {
    const slug = rig.slug('cancelled');
    const handle = await rig.startTask(slug, { on_cancel: 'close_pull_requests' });
    const gated = await rig.gate<TaskStatusView>(handle);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(rig.git('rev-parse', `task/${slug}`)).toBe(gated.gate?.headSha);
    expect(rig.git('for-each-ref', `refs/phasewright/task.${slug}`)).toBe('');
  });

  it('under a wrong id or with wrong keys ends with every problem named', async () => {
    const slug = rig.slug('wrong');
    const handle = await rig.startTask(slug, { titel: 'x', checks: 'npm test', base: '-f' });
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidProject',
        message: expect.stringMatching(/titel[\s\S]*checks|checks[\s\S]*titel/),
      },
    });
  });
});
