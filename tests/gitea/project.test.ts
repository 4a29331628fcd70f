/** A whole project on a real Gitea: pushes over HTTP, a review that asks for more, a word that approves, the base merged. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Rig, startRig } from '../support/rig.ts';
import { describeOnGitea } from './describe-on-gitea.ts';
import { gateOf, hostOf, pullRequestsOn } from './gates.ts';

describeOnGitea('a project on Gitea', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ codeHost: 'gitea' });
  });
  afterAll(() => rig.close());

  it('goes to the merged base by reviews alone', async () => {
    const { people } = hostOf(rig);
    const slug = rig.slug('reviews');
    const handle = await rig.start(slug, {
      checks: ['true'],
      phases: [{ name: 'Schema', tasks: ['Add table'] }],
    });

    const first = await gateOf(rig, rig.phase(slug, 1));
    await people.review(first.number, 'CHANGES_REQUESTED', 'Name the unit.');
    const again = await gateOf(rig, rig.phase(slug, 1), first.id);
    expect(again.number).toBe(first.number);
    expect(rig.readArtifact(`${slug}/1/2/1/prompt.md`)).toContain('Name the unit.');
    await people.comment(again.number, '/approve');

    const last = await gateOf(rig, rig.project(slug));
    await people.review(last.number, 'APPROVED');
    const outcome = (await handle.result()) as { status: string; mergedSha: string };

    expect(outcome.status).toBe('done');
    expect(rig.git('rev-parse', 'main')).toBe(outcome.mergedSha);
    expect(await pullRequestsOn(rig)).toEqual([
      { number: first.number, base: `project/${slug}/integration`, merged: true },
      { number: last.number, base: 'main', merged: true },
    ]);
  });
});
