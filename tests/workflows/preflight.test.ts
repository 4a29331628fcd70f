/** What the repository itself says to a project's start, without our command line: refused, warned of, or worked with as it is. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { ProjectStatusView } from '../../domain/views/status.ts';
import { commit, git } from '../activities/git/support.ts';
import { createPhasewrightClient } from '../../client/index.ts';
import { hostedName } from '../support/rig-code-host.ts';
import { noApprovals, obedient, type Rig, startRig } from '../support/rig.ts';

const phases = [{ name: 'One', tasks: ['Do it'] }];

it('a project whose last merge its code host would refuse ends at its start, and in a dry run, with what agrees with the rule', async () => {
  const rig = await startRig({ codeHost: true });
  rig.codeHost?.setProtection(hostedName, 'main', { kind: 'ruleset', linearHistory: true });
  const phasewright = await createPhasewrightClient(
    { client: rig.client, address: 'the test server' },
    { taskQueue: rig.taskQueue },
  );
  const slug = rig.slug('linear');
  const input = { name: slug, slug, repository: hostedName, notify: [], phases, ...noApprovals };
  const message = expect.stringContaining('write merge_method: squash') as unknown;
  await expect(phasewright.dryRun(input)).rejects.toMatchObject({ code: 'InvalidProject', message });
  await expect((await rig.start(slug, input)).result()).rejects.toMatchObject({
    cause: { type: 'InvalidProject', message },
  });
  const { plan } = await phasewright.dryRun({ ...input, merge_method: 'squash' });
  expect(plan.warnings).toBeUndefined();
  expect(rig.codeHost?.effects.pushes).toEqual([]);
  await rig.close();
});

describe('a project on a repository', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ entries: obedient });
  });
  afterAll(() => rig.close());

  it('that is a shallow clone ends before anything is made', async () => {
    const checkout = join(rig.home, 'checkout');
    commit(checkout, { 'more.txt': 'more' });
    git(rig.home, 'clone', '-q', '--depth', '1', `file://${checkout}`, 'shallow');
    const repository = join(rig.home, 'shallow');
    const error: unknown = await (await rig.start(rig.slug('cut'), { repository, phases, ...noApprovals }))
      .result()
      .catch((reason: unknown) => reason);
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({
      type: 'UnusableRepository',
      message: expect.stringContaining('git fetch --unshallow'),
    });
    expect(git(repository, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main');
  });

  it('that has a branch called project is told of the prefix, and works with another', async () => {
    rig.git('branch', 'project', 'main');
    const blocked = await rig.start(rig.slug('blocked'), { phases, ...noApprovals });
    const { waitingFor } = await rig.until<ProjectStatusView>(
      blocked,
      'the conflict',
      (view) => view.waitingFor !== null,
    );
    expect(waitingFor).toContain('start it anew with another `branch_prefix:`');
    await blocked.cancel();
    const slug = rig.slug('free');
    await (await rig.start(slug, { phases, branch_prefix: 'bots/ai', ...noApprovals })).result();
    expect(rig.git('for-each-ref', '--format=%(refname)', 'refs/heads/bots').split('\n')).toEqual([
      `refs/heads/bots/ai/${slug}/integration`,
      `refs/heads/bots/ai/${slug}/phase/1/one`,
    ]);
    expect(rig.git('log', '--format=%s', 'main')).toContain(`Merge`);
  });

  it('with submodules that nothing fetches says so as long as it is looked at', async () => {
    const clone = join(rig.home, 'with-submodule');
    git(rig.home, 'clone', '-q', rig.repository, clone);
    git(clone, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', rig.repository, 'libs/own');
    git(clone, 'commit', '-q', '-m', 'A submodule');
    git(clone, 'push', '-q', 'origin', 'HEAD:refs/heads/with-submodule');
    const slug = rig.slug('nested');
    const input = { phases, base: 'with-submodule', branch_prefix: 'nested', ...noApprovals };
    await (await rig.start(slug, input)).result();
    expect((await rig.status(slug)).warnings).toEqual([expect.stringContaining('the submodule libs/own')]);
    expect(rig.git('ls-tree', 'with-submodule', 'libs/own')).toMatch(/^160000 /);
  });
});
