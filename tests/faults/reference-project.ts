/** The project that bad days fall on: two phases, the first rejected once; people decide on the pull requests alone. */
import { expect } from '@jest/globals';
import { landedTasks, stateOf } from '../support/aftermath.ts';
import { type Deeds, deedsOn } from '../support/code-host-effects.ts';
import { git } from '../support/git.ts';
import { type ProjectStatusView } from '../support/rig.ts';
import type { GitHubFixture } from '../github/github-fixture.ts';

export interface ReferenceRun {
  readonly status: string;
  /** `phase.task` on main, in order. */
  readonly landed: readonly string[];
  readonly pullRequests: readonly string[];
  readonly deeds: Deeds;
}

export type Place = ReturnType<GitHubFixture['repository']>;

/** From start to end; everything is looked at from the code host's side. */
export async function runReferenceProject(
  github: GitHubFixture,
  place: Place,
  slug: string,
): Promise<ReferenceRun> {
  const { double, rig } = github;
  const { name: repo } = place;
  const handle = await rig.start(slug, {
    repository: repo,
    checks: ['true'],
    phases: [
      { name: 'Schema', tasks: ['Add table'] },
      { name: 'API', tasks: ['Add endpoint'] },
    ],
  });
  const first = await github.gate(slug, 1);
  double.review({
    as: 'pia',
    repo,
    number: first.number,
    state: 'CHANGES_REQUESTED',
    body: 'Name the unit.',
  });
  const again = await github.gate(slug, 1, first.id);
  double.review({ as: 'pia', repo, number: again.number, state: 'APPROVED' });
  const second = await github.gate(slug, 2);
  double.review({ as: 'pia', repo, number: second.number, state: 'APPROVED' });
  const { pullRequest } = await rig.gate<ProjectStatusView>(handle);
  double.review({ as: 'pia', repo, number: pullRequest?.number ?? 0, state: 'APPROVED' });
  const outcome = (await handle.result()) as { status: string; mergedSha: string };

  expect(double.tip(repo, 'main')).toBe(outcome.mergedSha);
  return referenceRun(github, place, slug, outcome.status);
}

/** Stopped by a person at its first gate, who wants its pull requests closed. */
export async function runCancelledProject(
  github: GitHubFixture,
  place: Place,
  slug: string,
): Promise<ReferenceRun> {
  const handle = await github.rig.start(slug, {
    repository: place.name,
    phases: [{ name: 'Schema', tasks: ['Add table'] }],
    on_cancel: 'close_pull_requests',
  });
  await github.gate(slug, 1);
  await handle.cancel();
  await handle.result().catch(() => undefined);
  return referenceRun(github, place, slug, (await handle.describe()).status.name);
}

function referenceRun(
  { double }: GitHubFixture,
  { name: repo, path }: Place,
  slug: string,
  status: string,
): ReferenceRun {
  const opened = double.effects.pullRequestsOpened.filter(({ repository }) => repository === repo);
  return {
    status,
    landed: landedTasks({ git: (...args) => git(path, ...args) }, slug),
    pullRequests: opened.map(({ number = 0 }) => stateOf(double.pullRequest(repo, number))),
    deeds: deedsOn(double, repo),
  };
}
