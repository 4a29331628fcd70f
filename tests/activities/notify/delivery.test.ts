/** Once per target over all attempts of Temporal, and never a failed project. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNotifyActivities } from '../../../activities/notify/activities.ts';
import { createDiscordChannel } from '../../../activities/notify/discord/index.ts';
import { createFileLedger } from '../../../activities/notify/file-ledger/index.ts';
import type { NoticeLedger } from '../../../activities/notify/port.ts';
import { createSlackChannel } from '../../../activities/notify/slack/index.ts';
import { createTelegramChannel } from '../../../activities/notify/telegram/index.ts';
import { createWebhookChannel } from '../../../activities/notify/webhook/index.ts';
import type { NotifyTarget } from '../../../domain/model/project.ts';
import { everythingOf, notice, type StandIn, startStandIn } from './stand-in.ts';

const day = 24 * 3_600_000;

describe('delivery', () => {
  let dataDir: string;
  let warnings: string[];
  let first: StandIn;
  let second: StandIn;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'phasewright-delivery-'));
    warnings = [];
    first = await startStandIn({ body: { ok: true } });
    second = await startStandIn({ body: { ok: true } });
  });
  afterEach(async () => {
    await first.close();
    await second.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** A worker; what it knows besides the data folder goes with it. */
  const worker = (ledger: NoticeLedger = createFileLedger({ dataDir })) =>
    createNotifyActivities({
      channels: {
        slack: createSlackChannel({ token: 'xoxb-canary', baseUrl: first.url, timeoutMs: 300 }),
        discord: createDiscordChannel({ token: 'discord-canary', baseUrl: first.url, timeoutMs: 300 }),
        telegram: createTelegramChannel({ token: '12:canary-canary', baseUrl: first.url, timeoutMs: 300 }),
        webhook: createWebhookChannel({ secret: 'canary', timeoutMs: 300 }),
      },
      ledger,
      warn: (message) => warnings.push(message),
    });
  const hook = ({ url }: StandIn): NotifyTarget => ({ kind: 'webhook', to: `${url}/canary-path` });
  const slack: NotifyTarget = { kind: 'slack', to: '#deployments' };

  /** What one attempt ends with: null, or what reaches Temporal. */
  async function attempt(
    nth: number,
    targets: readonly NotifyTarget[],
    { by = worker(), scheduledAgoMs = 0 } = {},
  ): Promise<ApplicationFailure | null> {
    const info = {
      attempt: nth,
      scheduledTimestampMs: Date.now() - scheduledAgoMs,
      scheduleToCloseTimeoutMs: day,
    };
    const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
    try {
      await environment.run(by.notify, { targets, notice });
      return null;
    } catch (error) {
      if (error instanceof ApplicationFailure) return error;
      throw error;
    }
  }

  it('is tried again after a passing failure, and happens once', async () => {
    first.reply({ status: 503 }, { status: 200 });
    expect(await attempt(1, [hook(first)])).toMatchObject({
      type: 'NoticeUndelivered',
      nonRetryable: false,
      nextRetryDelay: undefined,
      message: expect.stringContaining('answered 503. It is sent again.'),
    });
    expect(await attempt(2, [hook(first)])).toBeNull();
    // The result was lost; Temporal asks once more.
    expect(await attempt(3, [hook(first)])).toBeNull();

    expect(first.asked).toHaveLength(2);
    expect(first.asked[1]?.headers['x-phasewright-notice']).toBe(
      first.asked[0]?.headers['x-phasewright-notice'],
    );
    expect(warnings).toEqual([]);
  });

  it('reaches one target once, however often the other has to be tried', async () => {
    first.reply({ status: 503 }, 'reset', 'hang', { status: 200 });
    const targets = [hook(first), hook(second)];
    for (const nth of [1, 2, 3])
      expect(await attempt(nth, targets)).toMatchObject({ type: 'NoticeUndelivered' });
    expect(await attempt(4, targets)).toBeNull();

    expect(first.asked).toHaveLength(4);
    expect(second.asked).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('waits as long as the other side asks, the longest of several, and never not at all', async () => {
    first.reply({ status: 429, headers: { 'retry-after': '30' } });
    second.reply({ status: 503, headers: { 'retry-after': '90' } });
    expect(await attempt(1, [hook(first), hook(second)])).toMatchObject({ nextRetryDelay: 90_000 });
    first.reply({ status: 429, headers: { 'retry-after': '0' } });
    expect(await attempt(2, [hook(first)])).toMatchObject({ nextRetryDelay: 1_000 });
  });

  it('is given up with the eighth attempt: history shows success, the log a warning', async () => {
    first.reply({ status: 503 });
    const by = worker();
    for (const nth of [1, 2, 3, 4, 5, 6, 7]) expect(await attempt(nth, [hook(first)], { by })).not.toBeNull();
    expect(await attempt(8, [hook(first)], { by })).toBeNull();

    expect(first.asked).toHaveLength(8);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Notice 'shop:phase-1\.1:gate_opened:0' of shop did not reach webhook: The webhook at 127\.0\.0\.1:\d+ answered 503\. Given up: this was attempt 8\. The project goes on\.$/,
      ),
    ]);
  });

  it('is given up at once when the other side asks to wait too long, and goes on elsewhere', async () => {
    first.reply({ status: 429, headers: { 'retry-after': '3600' } });
    second.reply({ status: 503 }, { status: 200 });
    const by = worker();
    expect(await attempt(1, [hook(first), hook(second)], { by })).toMatchObject({
      nextRetryDelay: undefined,
    });
    expect(await attempt(2, [hook(first), hook(second)], { by })).toBeNull();

    expect(first.asked).toHaveLength(1);
    expect(second.asked).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining('Given up: it asks to wait 3600 s.')]);
  });

  it("is given up before Temporal's own limit would fail the step that waits for it", async () => {
    first.reply({ status: 503 });
    expect(await attempt(2, [hook(first)], { scheduledAgoMs: day - 60_000 })).toBeNull();
    expect(warnings).toEqual([expect.stringContaining('Given up: its time is over.')]);
  });

  it('ends with a refusal: one warning, and the target is not asked again with the others', async () => {
    first.reply({ body: { ok: false, error: 'not_in_channel' } });
    second.reply({ status: 503 }, { status: 200 });
    const by = worker();
    expect(await attempt(1, [slack, hook(second)], { by })).toMatchObject({
      message: expect.not.stringContaining('slack'),
    });
    expect(await attempt(2, [slack, hook(second)], { by })).toBeNull();

    expect(first.asked).toHaveLength(1);
    expect(warnings).toEqual([
      "Notice 'shop:phase-1.1:gate_opened:0' of shop did not reach slack: Slack answered not_in_channel: the bot is not in #deployments. Invite it there: /invite @ and its name. The project goes on.",
    ]);
    // The next time that it is said, it is tried again: somebody may have mended it.
    first.reply({ body: { ok: true } });
    expect(await attempt(1, [slack], { by })).toBeNull();
    expect(first.asked).toHaveLength(2);
  });

  it('happens once too when it cannot be noted', async () => {
    const broken = async () => {
      throw new Error('EIO');
    };
    first.reply({ status: 503 }, { status: 200 });
    const by = worker({ wasSent: broken, recordSent: broken });
    const targets = [hook(first), hook(second)];
    expect(await attempt(1, targets, { by })).not.toBeNull();
    expect(await attempt(2, targets, { by })).toBeNull();

    expect(second.asked).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringContaining('was sent, but that could not be noted: EIO. It may come twice.'),
      expect.stringContaining('It may come twice.'),
    ]);
  });

  it('outside of an activity counts as a first attempt', async () => {
    first.reply({ status: 503 });
    await expect(worker().notify({ targets: [hook(first)], notice })).rejects.toMatchObject({
      type: 'NoticeUndelivered',
    });
  });

  it.each([
    { status: 503, body: 'xoxb-canary discord-canary 12:canary-canary' },
    {
      status: 400,
      body: { ok: false, error: 'xoxb-canary', message: 'discord-canary', description: '12:canary-canary' },
    },
    'reset' as const,
    'hang' as const,
  ])('shows no secret in a warning or in history after %j', async (reply) => {
    first.reply(reply);
    const targets: readonly NotifyTarget[] = [
      slack,
      { kind: 'discord', to: '42' },
      { kind: 'telegram', to: '-100' },
      hook(first),
    ];
    const failure = await attempt(1, targets);
    const ended = await attempt(8, targets);

    expect(first.asked.length).toBeGreaterThanOrEqual(8);
    expect(ended).toBeNull();
    expect(warnings.length).toBeGreaterThanOrEqual(4);
    expect([everythingOf(failure), ...warnings].join('\n')).not.toContain('canary');
  });
});
