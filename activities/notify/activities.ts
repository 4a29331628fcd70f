/** Notices to people, once per notice and target. A project never fails because nobody could be told. */
import type { Notice, NotifyActivities } from '../../domain/effects.ts';
import type { NotifyTarget } from '../../domain/project.ts';
import { escapeControls } from '../../domain/text.ts';
import { surfaceErrors } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { Channel, NoticeLedger } from './port.ts';

export interface NotifyActivitiesOptions {
  readonly channels: Readonly<Partial<Record<NotifyTarget['kind'], Channel>>>;
  readonly ledger: NoticeLedger;
  /** Where failures of channels are said. */
  readonly warn?: (message: string) => void;
}

export function createNotifyActivities(options: NotifyActivitiesOptions): NotifyActivities {
  const { channels, ledger, warn = (message) => void process.stderr.write(`${message}\n`) } = options;
  /** What is being sent in this process, so that two at once don't both send. */
  const sending = new Map<string, Promise<void>>();

  async function sendOnce(target: NotifyTarget, notice: Notice): Promise<void> {
    const to = target.kind === 'stdout' ? null : target.to;
    const key = JSON.stringify([target.kind, to, notice.project, notice.id]);
    const running = sending.get(key);
    if (running !== undefined) return running;
    const mine = send(target.kind, to, key, notice).finally(() => sending.delete(key));
    sending.set(key, mine);
    return mine;
  }

  async function send(
    kind: NotifyTarget['kind'],
    to: string | null,
    key: string,
    notice: Notice,
  ): Promise<void> {
    const name = `Notice '${notice.id}' of ${notice.project}`;
    try {
      if (await ledger.wasSent(key)) return;
      const channel = channels[kind];
      if (channel === undefined) throw new Error(`this worker has no channel '${kind}'; configure it`);
      await channel.send(notice, to);
    } catch (error) {
      warn(escapeControls(`${name} did not reach ${kind}: ${reasonOf(error)}. The project goes on.`));
      return;
    }
    await faultPoint('notify', 'effect');
    try {
      await ledger.recordSent(key);
    } catch (error) {
      warn(
        escapeControls(
          `${name} was sent, but that could not be noted: ${reasonOf(error)}. It may come twice.`,
        ),
      );
    }
  }

  return {
    /** Safe to repeat: what got through is on disk. A worker that dies between sending and noting it sends once more. */
    notify: ({ targets, notice }) =>
      surfaceErrors(async () => {
        await faultPoint('notify', 'before');
        await Promise.all(targets.map((target) => sendOnce(target, notice)));
        await faultPoint('notify', 'result');
      }),
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
