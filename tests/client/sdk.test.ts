/** The SDK against the run's real server: a worker in this process, a real repository, recorded agents. */
import { askWorker } from '../../client/context.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createPhasewrightClient,
  type PhasewrightClient,
  PhasewrightError,
  type Status,
  statusSchema,
} from '../../client/index.ts';
import { eventually } from '../support/eventually.ts';
import { noApprovals, type Rig, startRig } from '../support/rig.ts';

const phases = [
  { name: 'Data model', tasks: ['Add the table'] },
  { name: 'API', tasks: ['Add the endpoint'] },
];

let rig: Rig;
let phasewright: PhasewrightClient;
const told: string[] = [];

beforeAll(async () => {
  rig = await startRig();
  phasewright = await createPhasewrightClient(
    { client: rig.client, address: 'the test server' },
    { taskQueue: rig.taskQueue, tell: (sentence) => told.push(sentence) },
  );
});
afterAll(() => rig.close());

const input = (slug: string, more: object = {}) => ({
  name: `Project ${slug}`,
  slug,
  repository: rig.repository,
  notify: [],
  phases,
  checks: ['test -f README.md'],
  ...more,
});

async function until(slug: string, what: string, ready: (status: Status) => boolean): Promise<Status> {
  let last: Status | undefined;
  const seen = async () => {
    last = await phasewright.status(slug);
    return ready(last) ? last : undefined;
  };
  return eventually(what, seen, { everyMs: 100 }).catch((error: Error) => {
    throw new Error(`${error.message} Last seen: ${JSON.stringify(last, null, 1)}`);
  });
}

const gateOf = (status: Status, phase: number) =>
  status.kind === 'project' ? (status.phases.find(({ number }) => number === phase)?.gate ?? null) : null;
const code = async (what: Promise<unknown>): Promise<string> =>
  what.then(
    (value) => `no error, but ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof PhasewrightError ? error.code : String(error)),
  );

describe('a project through the SDK', () => {
  it('goes from start over its gates to its end, and answers at each step as documented', async () => {
    const slug = rig.slug('sdk');
    const started = await phasewright.start(input(slug));
    expect(started).toMatchObject({ started: true, slug, workflowId: `project.${slug}`, changed: false });
    expect(await phasewright.awaitPlan(started)).toBe('planned');

    // starting what runs already
    expect(await phasewright.start(input(slug))).toMatchObject({ started: false, changed: false });
    expect(await phasewright.start(input(slug, { checks: [] }))).toMatchObject({
      started: false,
      changed: true,
    });
    expect(await code(phasewright.start({ ...input(slug), name: 'Another' }))).toBe('SlugTaken');

    const asked = await until(slug, 'the gate of phase 1 opens', (status) => gateOf(status, 1) !== null);
    expect(statusSchema.parse(asked)).toEqual(asked);
    const gate = gateOf(asked, 1);

    const review = await phasewright.review(slug);
    expect(review).toMatchObject({ phase: 1, gate: { id: 'phase-1.1', headSha: gate?.headSha } });
    expect(review.diff?.stat).toContain('1 file changed');

    expect(await code(phasewright.approve(slug, { headSha: 'deadbeef00' }))).toBe('StaleHead');
    expect(await code(phasewright.approve(slug, { phase: 2 }))).toBe('NoOpenGate');
    expect(await code(phasewright.reject(slug, { comment: ' ' }))).toBe('InvalidMessage');
    expect(
      await phasewright.approve(slug, { by: 'Ada', headSha: gate?.headSha ?? '', comment: 'fine' }),
    ).toMatchObject({ kind: 'decided', alreadyDecided: false, decision: { by: 'Ada', gateId: 'phase-1.1' } });
    expect(await phasewright.approve(slug, { by: 'Bob', phase: 1 })).toMatchObject({
      alreadyDecided: true,
      decision: { by: 'Ada' },
    });
    expect(await code(phasewright.reject(slug, { phase: 1, comment: 'no' }))).toBe('AlreadyDecided');
    expect(await code(phasewright.retry(slug))).toBe('NotWaiting');

    await until(slug, 'the gate of phase 2 opens', (status) => gateOf(status, 2) !== null);
    expect(await phasewright.approve(slug, { queue: true, phase: 2, by: 'Ada' })).toMatchObject({
      kind: 'queued',
      workflowId: `project.${slug}.phase.2`,
    });
    const last = await until(slug, "the project's own gate opens", (status) => status.gate !== null);
    expect(last.gate?.id).toBe('project.1');
    expect(await code(phasewright.approve(slug, { queue: true }))).toBe('InvalidMessage');
    await phasewright.approve(slug, { by: 'Ada', from: 'cli' });

    const ended = await until(slug, 'the project ends', (status) => status.endedAt !== null);
    expect(ended).toMatchObject({ condition: 'done', lifecycle: 'verified', waitingFor: null, gate: null });
    expect(statusSchema.parse(ended)).toEqual(ended);
    expect(await code(phasewright.approve(slug))).toBe('ProjectClosed');
    expect(await code(phasewright.pause(slug))).toBe('ProjectClosed');

    const pullRequests = await phasewright.pullRequests.list(slug);
    expect(pullRequests.map(({ number, phase, state }) => [number, phase, state])).toEqual([
      [pullRequests[0]?.number, 1, 'merged'],
      [pullRequests[1]?.number, 2, 'merged'],
      [pullRequests[2]?.number, null, 'merged'],
    ]);
    const first = await phasewright.pullRequests.diff(slug, pullRequests[0]?.number ?? 0);
    expect(first.diff.patch).toContain('+++ b/work-');
    expect(await code(phasewright.pullRequests.get(slug, 999))).toBe('PullRequestNotFound');

    const prompt = await phasewright.log(slug, { phase: 1, task: 1, name: 'prompt.md' });
    expect(prompt.text).toContain('Add the table');
    expect(await code(phasewright.log(slug, { phase: 9 }))).toBe('ProjectNotFound');

    // a finished slug
    expect(await code(phasewright.start(input(slug)))).toBe('ProjectClosed');
    const again = await phasewright.start(input(slug, noApprovals), { again: true });
    expect(again).toMatchObject({ started: true, slug: `${slug}-2` });
    await until(again.slug, 'the second one ends', (status) => status.condition === 'done');
    expect((await phasewright.start(input(slug, noApprovals), { again: true })).slug).toBe(`${slug}-3`);
    await phasewright.cancel(`${slug}-3`);
    expect(
      await until(`${slug}-3`, 'the third one is cancelled', (status) => status.endedAt !== null),
    ).toMatchObject({ condition: 'cancelled' });
    expect((await phasewright.list()).map((each) => each.slug)).toEqual(
      expect.arrayContaining([slug, `${slug}-2`, `${slug}-3`]),
    );
  });

  it('is paused, amended and resumed', async () => {
    const slug = rig.slug('amended');
    await phasewright.start(input(slug));
    await until(slug, 'the gate of phase 1 opens', (status) => gateOf(status, 1) !== null);

    await phasewright.pause(slug, { by: 'Ada', reason: 'lunch' });
    expect(await phasewright.status(slug)).toMatchObject({ condition: 'paused' });
    const changed = [phases[0], { name: 'API', tasks: ['Add the endpoint', 'Document it'] }];
    expect(await phasewright.amendFromFile(slug, input(slug, { phases: changed }))).toMatchObject({
      notes: [],
    });
    const amended = await phasewright.status(slug);
    expect(amended.kind === 'project' && amended.phases[1]?.tasks.map(({ title }) => title)).toEqual([
      'Add the endpoint',
      'Document it',
    ]);
    expect(await code(phasewright.skip(slug, { phase: 1 }))).toBe('InvalidMessage');
    await phasewright.skip(slug, { phase: 2 });
    await phasewright.resume(slug);
    await phasewright.approve(slug, { phase: 1 });
    const last = await until(slug, "the project's own gate opens", (status) => status.gate !== null);
    expect(last.kind === 'project' && last.phases[1]?.status).toBe('skipped');
    await phasewright.cancel(slug);
    await until(slug, 'it is cancelled', (status) => status.endedAt !== null);
  });

  it('that is turned away is an error of its start, and its slug stays free', async () => {
    const slug = rig.slug('refused');
    const started = await phasewright.start(input(slug, { base: 'no-such-branch' }));
    expect(await code(phasewright.awaitPlan(started))).toBe('BaseNotFound');
    const failure = expect.stringMatching(/^BaseNotFound: .* has no branch 'no-such-branch'/);
    expect(await phasewright.status(slug)).toMatchObject({ condition: 'failed', failure });
    expect(await phasewright.failure(await phasewright.record(slug))).toEqual(failure);
    expect(await phasewright.start(input(slug, noApprovals))).toMatchObject({ started: true, slug });
    await until(slug, 'it ends', (status) => status.condition === 'done');
  });

  it('says what keeps it from being validated', async () => {
    const slug = rig.slug('unreachable');
    const started = await phasewright.start(input(slug, { repository: 'http://127.0.0.1:1/nothing.git' }));
    expect(await phasewright.awaitPlan(started)).toBe('pending');

    const failing = [
      { what: 'validating the project', lastFailureCode: 'GitUnavailable', attempt: expect.any(Number) },
    ];
    expect((await phasewright.status(slug)).pending).toMatchObject(failing);
    expect(await phasewright.pending(await phasewright.record(slug))).toMatchObject(failing);
    await phasewright.cancel(slug);
  });

  it('can be looked at before it is started', async () => {
    const slug = rig.slug('dry');
    const { plan, prompts } = await phasewright.dryRun(input(slug, { design: 'Keep it small.\nAlways.' }));
    expect(plan.phases.map(({ branch }) => branch)).toEqual([
      `project/${slug}/phase/1/data-model`,
      `project/${slug}/phase/2/api`,
    ]);
    expect(prompts.map(({ phase, task }) => [phase, task])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(prompts[1]?.text).toContain('Keep it small.');
    expect(prompts[1]?.text).toContain('## Completed: Data model');
    expect(await code(phasewright.status(slug))).toBe('ProjectNotFound');
    expect(rig.git('for-each-ref', `refs/heads/project/${slug}`)).toBe('');
  });

  it('that nobody knows is an error with the slugs that were meant', async () => {
    const slug = rig.slug('meant');
    await phasewright.start(input(slug, noApprovals));
    await until(slug, 'it ends', (status) => status.condition === 'done');
    await expect(phasewright.status(slug.replace('meant', 'maent'))).rejects.toMatchObject({
      code: 'ProjectNotFound',
      message: expect.stringContaining(`'${slug}'`),
    });
    expect(await code(phasewright.status('../etc'))).toBe('ProjectNotFound');
  });

  it('with a wrong file is refused before anything is started', async () => {
    await expect(
      // @ts-expect-error: the type knows the keys.
      phasewright.start({ name: 'X', repository: './relative', nonsense: 1, phases: [] }),
    ).rejects.toMatchObject({ code: 'InvalidProject', message: expect.stringContaining('nonsense') });
  });
});

describe('a standalone task through the SDK', () => {
  it('has one gate, one pull request and a log', async () => {
    const slug = rig.slug('task');
    const started = await phasewright.startTask({
      title: 'Fix the readme',
      slug,
      repository: rig.repository,
      notify: [],
    });
    expect(started).toMatchObject({ kind: 'task', workflowId: `task.${slug}` });
    const asked = await until(slug, 'its gate opens', (status) => status.gate !== null);
    expect(statusSchema.parse(asked)).toEqual(asked);
    expect(await code(phasewright.extendBudget(slug, { usd: 1 }))).toBe('InvalidMessage');
    expect((await phasewright.review(slug)).diff?.stat).toContain('1 file changed');
    expect(await phasewright.approve(slug)).toMatchObject({ alreadyDecided: false });
    const ended = await until(slug, 'it ends', (status) => status.endedAt !== null);
    expect(ended).toMatchObject({ condition: 'done', pullRequest: { state: 'merged' } });
    expect((await phasewright.log(slug)).artifact.name).toBe('log');
  });
});

describe('a worker that takes its time', () => {
  it('is told of while its answer is awaited; a quick one is not', async () => {
    const heard: string[] = [];
    const room = {
      client: rig.client,
      taskQueue: rig.taskQueue,
      address: 'here',
      tellAfterMs: 300,
      giveUpAfterMs: 10_000,
      tell: (sentence: string) => void heard.push(sentence),
    };
    expect(await askWorker(room, 'ask', () => Promise.resolve('quick'))).toBe('quick');
    expect(heard).toEqual([]);
    expect(await askWorker(room, 'ask', () => sleep(1_000, 'slow'))).toBe('slow');
    expect(heard).toEqual([expect.stringContaining('No worker has answered for 0.3 s')]);
  });
});

describe('without a worker', () => {
  it('commands say so at once, the status is what the server knows, and a queued word is heard later', async () => {
    const slug = rig.slug('alone');
    await phasewright.start(input(slug));
    await until(slug, 'the gate of phase 1 opens', (status) => gateOf(status, 1) !== null);
    await rig.stopWorker();
    // The server remembers pollers for a while; whoever asks from another machine hears it by the missing answer.
    const impatient = await createPhasewrightClient(
      { client: rig.client },
      { taskQueue: rig.taskQueue, answerWithinMs: 1_000, tell: (sentence) => told.push(sentence) },
    );

    // Its last moments are over when even a question finds nobody.
    const source = () =>
      impatient.status(slug).then(
        (status) => status.source,
        () => 'asking',
      );
    await eventually('that nobody answers', async () => (await source()) === 'server');
    await expect(impatient.approve(slug)).rejects.toMatchObject({ code: 'NoWorker' });
    const status = await impatient.status(slug);
    expect(status).toMatchObject({
      source: 'server',
      condition: 'waiting',
      waitingFor: expect.stringContaining('phase 1'),
      phases: [],
    });
    expect(statusSchema.parse(status)).toEqual(status);
    expect(await impatient.approve(slug, { queue: true, by: 'Ada', commandId: 'once' })).toMatchObject({
      kind: 'queued',
      workflowId: `project.${slug}.phase.1`,
    });
    expect(await impatient.pause(slug, { queue: true })).toMatchObject({ queued: true });
    expect(await code(impatient.message(slug, { queue: true, text: '' }))).toBe('InvalidMessage');

    await rig.startWorker();
    const later = await until(
      slug,
      'the queued words are heard',
      (each) => each.source === 'live' && each.decisions.length > 0 && each.condition === 'paused',
    );
    expect(later.decisions).toMatchObject([{ by: 'Ada', commandId: 'once', gateId: 'phase-1.1' }]);
    await phasewright.cancel(slug);
    await until(slug, 'it is cancelled', (each) => each.endedAt !== null);
  });
});
