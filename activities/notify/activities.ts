/**
 * Notices to people, once per notice and target. What fails for now is tried again by Temporal; what got through is not sent
 * again then. A project never fails because nobody could be told: after the last attempt the log says so, and that is all.
 */
import type { Notice } from '../../domain/model/notice.ts';
import type { NotifyActivities } from './contract.ts';
import type { NotifyTarget } from '../../domain/model/project.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import { defineActivity } from '../support/define-activity.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { reasonToStop } from './attempts.ts';
import { NoticeRefused } from './errors.ts';
import type { Channel, NoticeLedger } from './port.ts';

export interface NotifyActivitiesOptions {
  readonly channels: Readonly<Partial<Record<NotifyTarget['kind'], Channel>>>;
  readonly ledger: NoticeLedger;
  /** Where failures of channels are said. */
  readonly warn?: (message: string) => void;
}

/** A target that another attempt may reach. */
interface Missed {
  readonly kind: NotifyTarget['kind'];
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
}

/** Of notices that end on another worker nobody takes their keys out again. */
const maxSettled = 1_000;

export function createNotifyActivities(options: NotifyActivitiesOptions): NotifyActivities {
  const { channels, ledger, warn = (message) => void process.stderr.write(`${message}\n`) } = options;
  /** What is being sent in this process, so that two at once don't both send. */
  const sending = new Map<string, Promise<Missed | undefined>>();
  /** What is not sent again while a notice is tried again, and is not in the ledger: refused, given up, or sent but not noted. */
  const settled = new Set<string>();

  async function sendOnce(target: NotifyTarget, notice: Notice): Promise<Missed | undefined> {
    const key = keyOf(target, notice);
    const running = sending.get(key);
    if (running !== undefined) return running;
    const mine = send(target, key, notice).finally(() => sending.delete(key));
    sending.set(key, mine);
    return mine;
  }

  async function send(target: NotifyTarget, key: string, notice: Notice): Promise<Missed | undefined> {
    const { kind } = target;
    if (settled.has(key) || (await wasSent(key))) return undefined;
    try {
      const channel = channels[kind];
      if (channel === undefined)
        throw new NoticeRefused(`this worker has no channel '${kind}'; configure it`);
      await channel.send(notice, addressOf(target));
    } catch (error) {
      return missed(kind, key, notice, error);
    }
    await faultPoint('notify', 'effect');
    try {
      await ledger.recordSent(key);
    } catch (error) {
      settle(key);
      say(`${nameOf(notice)} was sent, but that could not be noted: ${reasonOf(error)}. It may come twice.`);
    }
    return undefined;
  }

  /** A memory that can't be read counts as empty: rather twice than never. Noting what is sent will say so. */
  async function wasSent(key: string): Promise<boolean> {
    try {
      return await ledger.wasSent(key);
    } catch {
      return false;
    }
  }

  function missed(
    kind: NotifyTarget['kind'],
    key: string,
    notice: Notice,
    error: unknown,
  ): Missed | undefined {
    const reason = reasonOf(error);
    const retryAfterMs = error instanceof PortError ? error.retryAfterMs : undefined;
    const refused = error instanceof NoticeRefused;
    const stop = refused ? undefined : reasonToStop(retryAfterMs);
    if (!refused && stop === undefined) return { kind, reason, retryAfterMs };
    settle(key);
    const givenUp = stop === undefined ? '' : ` Given up: ${stop}.`;
    say(`${nameOf(notice)} did not reach ${kind}: ${reason}.${givenUp} The project goes on.`);
    return undefined;
  }

  function settle(key: string): void {
    for (const oldest of settled) {
      if (settled.size < maxSettled) break;
      settled.delete(oldest);
    }
    settled.add(key);
  }

  const say = (message: string): void => warn(escapeControls(message));

  return {
    /**
     * Safe to repeat: what got through is on disk. A worker that dies between sending and noting it sends once more. Fails
     * with `NoticeUndelivered` while another attempt may help, and never after the last.
     */
    notify: defineActivity('notify', async ({ targets, notice }) => {
      // All are tried, whatever becomes of one.
      const results = await Promise.allSettled(targets.map((target) => sendOnce(target, notice)));
      const broken = results.find((result) => result.status === 'rejected');
      if (broken !== undefined) throw broken.reason;
      const open = results.flatMap((result) =>
        result.status === 'fulfilled' && result.value !== undefined ? [result.value] : [],
      );
      if (open.length > 0) throw notReached(notice, [...new Set(open)]);
      for (const target of targets) settled.delete(keyOf(target, notice));
    }),
  };
}

const addressOf = (target: NotifyTarget): string | null => (target.kind === 'stdout' ? null : target.to);
const keyOf = (target: NotifyTarget, { project, id }: Notice): string =>
  JSON.stringify([target.kind, addressOf(target), project, id]);
const nameOf = ({ id, project }: Notice): string => `Notice '${id}' of ${project}`;
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

function notReached(notice: Notice, open: readonly Missed[]): PortError {
  const problems = open.map(({ kind, reason }) => escapeControls(`${kind}: ${reason}`));
  const waits = open.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]));
  return new PortError(
    'NoticeUndelivered',
    `${escapeControls(nameOf(notice))} did not get through, ${problems.join('; ')}. It is sent again.`,
    // The longest: the others can wait as well, and a wait of nothing would mean the usual one.
    { problems, ...(waits.length === 0 ? {} : { retryAfterMs: Math.max(1_000, ...waits) }) },
  );
}
