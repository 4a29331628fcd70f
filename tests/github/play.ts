/** The project that bad days fall on: two phases, the first rejected once; people decide on the pull requests alone. */
import { expect } from '@jest/globals';
import { landedTasks, stateOf } from '../support/aftermath.ts';
import { type Deeds, deedsOn } from '../support/code-host-effects.ts';
import { git, type ProjectStatusView } from '../support/rig.ts';
import type { Stage } from './stage.ts';

export interface Played {
  readonly status: string;
  /** `phase.task` on main, in order. */
  readonly landed: readonly string[];
  readonly pullRequests: readonly string[];
  readonly deeds: Deeds;
}

export type Place = ReturnType<Stage['repository']>;

/** From start to end; everything is looked at from the code host's side. */
export async function play(stage: Stage, place: Place, slug: string): Promise<Played> {
  const { double, rig } = stage;
  const { name: repo } = place;
  const handle = await rig.start(slug, {
    repository: repo,
    checks: ['true'],
    phases: [
      { name: 'Schema', tasks: ['Add table'] },
      { name: 'API', tasks: ['Add endpoint'] },
    ],
  });
  const first = await stage.gate(slug, 1);
  double.review({
    as: 'pia',
    repo,
    number: first.number,
    state: 'CHANGES_REQUESTED',
    body: 'Name the unit.',
  });
  const again = await stage.gate(slug, 1, first.id);
  double.review({ as: 'pia', repo, number: again.number, state: 'APPROVED' });
  const second = await stage.gate(slug, 2);
  double.review({ as: 'pia', repo, number: second.number, state: 'APPROVED' });
  const { pullRequest } = await rig.until<ProjectStatusView>(
    rig.project(slug),
    "the project's own gate",
    (view) => view.gate !== null && view.pullRequest !== null,
  );
  double.review({ as: 'pia', repo, number: pullRequest?.number ?? 0, state: 'APPROVED' });
  const outcome = (await handle.result()) as { status: string; mergedSha: string };

  expect(double.tip(repo, 'main')).toBe(outcome.mergedSha);
  return played(stage, place, slug, outcome.status);
}

/** Stopped by a person at its first gate, who wants its pull requests closed. */
export async function playCancelled(stage: Stage, place: Place, slug: string): Promise<Played> {
  const handle = await stage.rig.start(slug, {
    repository: place.name,
    phases: [{ name: 'Schema', tasks: ['Add table'] }],
    on_cancel: 'close_pull_requests',
  });
  await stage.gate(slug, 1);
  await handle.cancel();
  await handle.result().catch(() => undefined);
  return played(stage, place, slug, (await handle.describe()).status.name);
}

function played({ double }: Stage, { name: repo, path }: Place, slug: string, status: string): Played {
  const opened = double.effects.pullRequestsOpened.filter(({ repository }) => repository === repo);
  return {
    status,
    landed: landedTasks({ git: (...args) => git(path, ...args) }, slug),
    pullRequests: opened.map(({ number = 0 }) => stateOf(double.pullRequest(repo, number))),
    deeds: deedsOn(double, repo),
  };
}
