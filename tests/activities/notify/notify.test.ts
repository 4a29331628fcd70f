import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNotifyActivities } from '../../../activities/notify/activities.ts';
import { createFileLedger } from '../../../activities/notify/file-ledger/index.ts';
import type { Channel } from '../../../activities/notify/port.ts';
import { createStdoutChannel } from '../../../activities/notify/stdout/index.ts';
import { armFaults } from '../../../activities/support/fault-points.ts';
import type { Notice } from '../../../domain/model/notice.ts';
import type { NotifyTarget } from '../../../domain/model/project.ts';

const stdout: NotifyTarget = { kind: 'stdout' };
const notice: Notice = {
  id: 'shop:phase-1.1',
  kind: 'gate_opened',
  project: 'shop',
  title: 'Merge phase 1?',
  text: 'Two tasks, checks passed.\nPull request #1.',
  command: 'phasewright approve shop --phase 1',
};

describe('notices', () => {
  let dataDir: string;
  let printed: string[];
  let warnings: string[];
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'phasewright-notify-'));
    printed = [];
    warnings = [];
  });
  afterEach(() => {
    armFaults('');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const printer = () =>
    createStdoutChannel({
      write: (text, done) => {
        printed.push(text);
        done();
      },
    });
  const make = (channels: Readonly<Record<string, Channel>> = { stdout: printer() }) =>
    createNotifyActivities({
      channels,
      ledger: createFileLedger({ dataDir }),
      warn: (message) => warnings.push(message),
    });

  it('prints one block with the command that answers', async () => {
    await make().notify({ targets: [stdout], notice });
    expect(printed.join('')).toMatchInlineSnapshot(`
"
┌ shop: waits for a decision
│ Merge phase 1?
│ Two tasks, checks passed.
│ Pull request #1.
│ To answer: phasewright approve shop --phase 1
└
"
`);
  });

  it('prints where it can be answered on the web', async () => {
    const link = 'https://github.com/acme/shop/pull/1';
    await make().notify({ targets: [stdout], notice: { ...notice, link } });
    expect(printed.join('')).toContain(`--phase 1\n│ Or on the web: ${link}\n└`);
    await make().notify({ targets: [stdout], notice: { ...notice, id: 'x', command: null, link } });
    expect(printed.join('')).toContain(`│ On the web: ${link}\n└`);
  });

  it('shows control characters instead of sending them to the terminal', async () => {
    await make().notify({
      targets: [stdout],
      notice: { ...notice, title: 'Red \u001b[31m', text: 'a\u0007b\r\nc' },
    });
    expect(printed.join('')).toContain('Red \\u{1b}[31m');
    expect(printed.join('')).toContain('│ a\\u{7}b\n│ c');
  });

  it('says a notice once, over retries, at once, and after a restart', async () => {
    const first = make();
    await Promise.all([1, 2, 3].map(() => first.notify({ targets: [stdout, stdout], notice })));
    await make().notify({ targets: [stdout], notice });
    expect(printed).toHaveLength(1);
    await make().notify({ targets: [stdout], notice: { ...notice, id: 'shop:phase-1.2' } });
    await make().notify({ targets: [stdout], notice: { ...notice, project: 'bank' } });
    expect(printed).toHaveLength(3);
  });

  it('says it once more rather than never when a worker dies in between', async () => {
    armFaults('notify:effect=throw');
    await expect(make().notify({ targets: [stdout], notice })).rejects.toThrow('Fault injected');
    await make().notify({ targets: [stdout], notice });
    await make().notify({ targets: [stdout], notice });
    expect(printed).toHaveLength(2);
  });

  it('asks to be tried again while a channel is down, and says elsewhere what is said there', async () => {
    let down = true;
    const sent: (string | null)[] = [];
    const slack: Channel = {
      send: async (_notice, to) => {
        if (down) throw new Error('503 from the other side');
        sent.push(to);
      },
    };
    const activities = make({ slack, stdout: printer() });
    const targets: NotifyTarget[] = [{ kind: 'slack', to: '#deployments' }, stdout];
    await expect(activities.notify({ targets, notice })).rejects.toMatchObject({
      type: 'NoticeUndelivered',
      message:
        "Notice 'shop:phase-1.1' of shop did not get through, slack: 503 from the other side. It is sent again.",
    });
    expect(printed).toHaveLength(1);
    expect(warnings).toEqual([]);
    down = false;
    await activities.notify({ targets, notice });
    expect(sent).toEqual(['#deployments']);
    expect(printed).toHaveLength(1);
  });

  it('names a channel that this worker does not have', async () => {
    await make({}).notify({ targets: [{ kind: 'discord', to: 'x' }], notice });
    expect(warnings.join()).toContain("this worker has no channel 'discord'");
  });

  it('does not fail when the memory of sent notices cannot be written', async () => {
    writeFileSync(join(dataDir, 'notices'), 'a file where the folder should be');
    await make().notify({ targets: [stdout], notice });
    expect(printed).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('It may come twice.')]);
  });

  it('reports a text that could not be written', async () => {
    const closed = createStdoutChannel({ write: (_text, done) => done(new Error('EPIPE')) });
    await expect(closed.send(notice, null)).rejects.toThrow('EPIPE');
  });

  it('forgets what is older than 90 days', async () => {
    const ledger = createFileLedger({ dataDir });
    await ledger.recordSent('old');
    const [old = ''] = readdirSync(join(dataDir, 'notices'));
    const longAgo = Date.now() / 1000 - 91 * 24 * 3_600;
    utimesSync(join(dataDir, 'notices', old), longAgo, longAgo);
    await createFileLedger({ dataDir }).recordSent('new');
    expect(await ledger.wasSent('old')).toBe(false);
    expect(await ledger.wasSent('new')).toBe(true);
  });
});
