/** A whole project on the code host: pushes over HTTP, reviews that decide, the last pull request merged. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { git } from '../support/git.ts';
import { type ProjectStatusView } from '../support/rig.ts';
import { type GitHubFixture, startGitHubFixture } from './github-fixture.ts';

describe('a project on GitHub', () => {
  let github: GitHubFixture;
  beforeAll(async () => {
    github = await startGitHubFixture();
  });
  afterAll(() => github.close());

  it('goes from three phases to the merged base by reviews alone', async () => {
    const { double, rig } = github;
    const { name: repo, path } = github.repository();
    const slug = rig.slug('reviews');
    const handle = await rig.start(slug, {
      repository: repo,
      checks: ['true'],
      phases: [
        { name: 'Schema', tasks: ['Add table'] },
        { name: 'API', tasks: ['Add endpoint'] },
        { name: 'UI', tasks: ['Add page'] },
      ],
    });

    const first = await github.gate(slug, 1);
    double.review({ as: 'pia', repo, number: first.number, state: 'APPROVED', body: 'Fine.' });

    const second = await github.gate(slug, 2);
    double.review({
      as: 'quinn',
      repo,
      number: second.number,
      state: 'CHANGES_REQUESTED',
      body: 'Name the unit.',
      comments: [{ path: fileIn(path, second.head), line: 1, body: 'In which currency?' }],
    });
    const again = await github.gate(slug, 2, second.id);
    expect(again.number).toBe(second.number);
    const prompt = rig.readArtifact(`${slug}/2/2/1/prompt.md`);
    expect(prompt).toContain('Name the unit.');
    expect(prompt).toContain('In which currency?');
    double.comment({ as: 'pia', repo, number: again.number, body: '/approve' });

    const third = await github.gate(slug, 3);
    double.review({ as: 'pia', repo, number: third.number, state: 'APPROVED' });

    const last = await rig.gate<ProjectStatusView>(rig.project(slug));
    double.review({ as: 'pia', repo, number: last.pullRequest?.number ?? 0, state: 'APPROVED' });
    const outcome = (await handle.result()) as { status: string; mergedSha: string };

    expect(outcome.status).toBe('done');
    expect(double.tip(repo, 'main')).toBe(outcome.mergedSha);
    expect(double.effects.merges.filter((each) => each.repository === repo)).toHaveLength(4);
    expect(double.effects.pullRequestsOpened.filter((each) => each.repository === repo)).toHaveLength(4);
    expect(double.nonConforming()).toEqual([]);
    expect(double.exchanges.filter(({ status }) => status === 501)).toEqual([]);
  });
});

/** The one file that a phase's last commit brings. */
const fileIn = (repository: string, head: string): string =>
  git(repository, 'show', '--name-only', '--format=', head);
