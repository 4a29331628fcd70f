/**
 * Webhooks are hints, polling is the truth: the same project with its webhooks delivered, five times and shuffled, or all lost, comes
 * to the same end. While they arrive, polling is so slow that only they can have moved it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHints } from '../../client/webhooks/hints.ts';
import { startWebhooks, type WebhookService } from '../../client/webhooks/service.ts';
import type { ProjectOutcome } from '../../domain/progress/outcomes.ts';
import type { PhaseStatusView, ProjectStatusView } from '../support/rig.ts';
import { type GitHubFixture, startGitHubFixture } from './github-fixture.ts';

const secret = 'canary-of-the-webhook-7f31';
/** Longer than any test waits. */
const slowMs = 86_400_000;

interface ProjectRun {
  readonly decisions: readonly string[];
  readonly refused: readonly string[];
  readonly phases: readonly string[];
  readonly merges: number;
  readonly opened: number;
  readonly comments: number;
  /** When each word was said, in milliseconds since 1970. */
  readonly saidAt: readonly number[];
  /** `codeHostChanged` signals that the project and its phases got. */
  readonly hints: number;
}

/** Two phases, a rejection, comments and reviews; a word is said only when its gate is open. */
async function runProject(
  { double, rig, repository, gate }: GitHubFixture,
  name: string,
): Promise<ProjectRun> {
  const { name: repo } = repository();
  const slug = rig.slug(name);
  const handle = await rig.start(slug, {
    repository: repo,
    phases: [
      { name: 'Schema', tasks: ['Add table'] },
      { name: 'Page', tasks: ['Show it'] },
    ],
  });
  const saidAt: number[] = [];
  const timed = <T>(said: () => void, then: () => Promise<T>): Promise<T> => {
    saidAt.push(Date.now());
    said();
    return then();
  };
  const first = await gate(slug, 1);
  const second = await timed(
    () =>
      double.review({
        as: 'pia',
        repo,
        number: first.number,
        state: 'CHANGES_REQUESTED',
        body: 'Name the unit.',
      }),
    () => gate(slug, 1, first.id),
  );
  const third = await timed(
    () => double.comment({ as: 'quinn', repo, number: second.number, body: '/approve' }),
    () => gate(slug, 2),
  );
  const last = await timed(
    () => double.review({ as: 'pia', repo, number: third.number, state: 'APPROVED' }),
    () => rig.gate<ProjectStatusView>(handle),
  );
  const outcome = await timed(
    () => double.review({ as: 'quinn', repo, number: last.pullRequest?.number ?? 0, state: 'APPROVED' }),
    () => handle.result() as Promise<ProjectOutcome>,
  );
  await double.settled();
  const view = await rig.status(slug);
  const phases = await Promise.all(
    [1, 2].map((number) => rig.phase(slug, number).query<PhaseStatusView>('status')),
  );
  const mine = <Effect extends { readonly repository: string }>(effects: readonly Effect[]) =>
    effects.filter(({ repository: of }) => of === repo).length;
  return {
    decisions: view.decisions.map(({ gateId, action, by }) => `${gateId} ${action} ${by}`),
    refused: phases.flatMap(({ refused }) => refused.map(({ code }) => code)),
    phases: outcome.phases.map(
      ({ status, landing, tasks }) => `${status} ${landing?.gates ?? 0} ${tasks.length}`,
    ),
    merges: mine(double.effects.merges),
    opened: mine(double.effects.pullRequestsOpened),
    comments: double.effects.commentsCreated.filter(({ repository: of, by }) => of === repo && by === 'robin')
      .length,
    saidAt,
    hints: await hintsOf(rig, slug),
  };
}

async function hintsOf(rig: GitHubFixture['rig'], slug: string): Promise<number> {
  const histories = await Promise.all(
    [rig.project(slug), rig.phase(slug, 1), rig.phase(slug, 2)].map((handle) => handle.fetchHistory()),
  );
  return histories
    .flatMap(({ events }) => events ?? [])
    .filter(
      ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'codeHostChanged',
    ).length;
}

const end = {
  decisions: [
    'phase-1.1 reject pia',
    'phase-1.2 approve quinn',
    'phase-2.1 approve pia',
    'project.1 approve quinn',
  ],
  refused: [],
  phases: ['completed 2 2', 'completed 1 1'],
  merges: 3,
  opened: 3,
  comments: 4,
};

describe('with a look a day only, and webhooks', () => {
  let github: GitHubFixture;
  let service: WebhookService;
  const said: string[] = [];
  beforeAll(async () => {
    github = await startGitHubFixture({ pollMs: slowMs });
    service = await startWebhooks({
      listen: '127.0.0.1:0',
      secret,
      hints: createHints(github.rig.client),
      log: (line) => void said.push(line),
    });
    github.double.setWebhook({ url: `${service.url}/github`, secret });
  });
  afterAll(async () => {
    await github.close();
    await service.stop();
  });

  it('a project moves on as they come', async () => {
    github.double.setDelivery('deliver');
    const run = await runProject(github, 'hooked');
    expect(run).toMatchObject(end);
    expect(run.hints).toBeGreaterThan(0);
  });

  it('each of them five times and shuffled makes no second decision', async () => {
    github.double.setDelivery({ times: 5, shuffle: true, delayMs: 800 });
    const run = await runProject(github, 'repeated');
    expect(run).toMatchObject(end);
    expect(run.hints).toBeGreaterThan(0);
  });

  it('a forged one and a replayed one have no effect, and are said without secrets', async () => {
    const { double, rig, repository, gate } = github;
    double.setDelivery('drop');
    const { name: repo } = repository();
    const slug = rig.slug('forged');
    const handle = await rig.start(slug, {
      repository: repo,
      phases: [{ name: 'Schema', tasks: ['Add table'] }],
      approval: { project: 'none' },
    });
    const { id, number } = await gate(slug, 1);
    const marker = `<!-- phasewright:project.${slug}.phase.1 -->`;
    const payload = {
      action: 'submitted',
      review: { state: 'approved', user: { login: 'pia', type: 'User' } },
      pull_request: { number, body: marker },
      repository: { full_name: repo },
      sender: { login: 'pia', type: 'User' },
    };
    const looked = github.looked(repo, number, 1);
    expect(await double.forge({ event: 'pull_request_review', payload })).toBe(401);
    // Rightly signed, and still believed in nothing: nobody has reviewed.
    expect(await double.forge({ event: 'pull_request_review', payload, secret })).toBe(202);
    const replayed = double.deliveries.findIndex(({ event }) => event === 'pull_request');
    expect(await double.redeliver(replayed)).toBeLessThan(300);
    expect(await double.redeliver(replayed)).toBeLessThan(300);
    await double.settled();
    await looked;

    const view = await rig.phaseStatus(slug, 1);
    expect(view.gate?.id).toBe(id);
    expect(view.decisions).toEqual([]);
    expect(double.pullRequest(repo, number)?.state).toBe('open');
    expect(said.join('\n')).toMatch(/signature/i);
    expect(said.join('\n')).not.toContain(secret);

    double.setDelivery('deliver');
    double.review({ as: 'pia', repo, number, state: 'APPROVED' });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});

describe('with all webhooks lost', () => {
  const pollMs = 1_000;
  let github: GitHubFixture;
  beforeAll(async () => {
    github = await startGitHubFixture({ pollMs });
    github.double.setWebhook({ url: 'http://127.0.0.1:9/github', secret });
    github.double.setDelivery('drop');
  });
  afterAll(() => github.close());

  it('the end is the same, and each word is heard within one poll interval', async () => {
    const { double, rig } = github;
    const run = await runProject(github, 'unhooked');
    expect(run).toMatchObject(end);
    expect(run.hints).toBe(0);
    expect(double.deliveries.length).toBeGreaterThan(10);
    expect(double.deliveries.every(({ answers }) => answers.length === 0)).toBe(true);
    // The look that was under way when the word was said, and the next one: no third was needed to hear it.
    const looks = double.exchanges.filter(({ operation }) => operation === 'pulls/list-reviews');
    expect(looks.length).toBeGreaterThan(8);
    const view = await rig.status(rig.slug('unhooked'));
    expect(run.saidAt).toHaveLength(view.decisions.length);
    for (const [index, { at }] of view.decisions.entries()) {
      const from = run.saidAt[index] ?? 0;
      expect(
        looks.filter((look) => look.at.getTime() >= from && look.at.getTime() <= at).length,
      ).toBeLessThanOrEqual(2);
    }
  });
});
