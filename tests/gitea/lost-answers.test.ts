/** A Gitea that dies after it has done what it was asked for, and before anybody heard: what is asked again is not done again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { landedTasks } from '../support/aftermath.ts';
import { type Front, standBefore } from '../support/gitea/front.ts';
import { noApprovals, type Rig, startRig } from '../support/rig.ts';
import { describeOnGitea } from './describe-on-gitea.ts';
import { hostOf, pullRequestsOn } from './gates.ts';

describeOnGitea('a project on a Gitea that is killed as it answers', () => {
  let rig: Rig;
  let front: Front;
  /** Each kills it once. */
  const deadly = new Set(['/pulls', '/pulls/1/merge', '/pulls/2/merge']);
  const killed: string[] = [];
  beforeAll(async () => {
    rig = await startRig({
      codeHost: 'gitea',
      async via(url) {
        front = await standBefore(url, answered);
        return front.url;
      },
    });
  });
  afterAll(async () => {
    await rig.close();
    await front.close();
  });

  async function answered(request: string): Promise<'lost' | 'passed'> {
    const met = [...deadly].find((end) => request.startsWith('POST ') && request.endsWith(end));
    if (met === undefined) return 'passed';
    deadly.delete(met);
    killed.push(met);
    const { gitea } = hostOf(rig);
    await gitea.kill();
    await gitea.start();
    return 'lost';
  }

  it('opens each pull request once, and merges it once', async () => {
    const slug = rig.slug('lost');
    const phases = [{ name: 'Schema', tasks: ['Add table'] }];
    const handle = await rig.start(slug, { checks: ['true'], phases, ...noApprovals });
    expect(await handle.result()).toMatchObject({ status: 'done' });

    expect(killed).toEqual(['/pulls', '/pulls/1/merge', '/pulls/2/merge']);
    const integration = `project/${slug}/integration`;
    expect(await pullRequestsOn(rig)).toEqual([
      { number: 1, base: integration, merged: true },
      { number: 2, base: 'main', merged: true },
    ]);
    expect(landedTasks(rig, slug)).toEqual(['1.1']);
    expect(rig.git('rev-list', '--count', '--first-parent', '--merges', integration)).toBe('1');
    expect(rig.git('rev-list', '--count', '--first-parent', '--merges', 'main')).toBe('1');
  });
});
