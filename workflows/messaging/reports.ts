/**
 * What a child tells its parent: only what is new since the last report that arrived, one report after another. The parent
 * knows by the run that a late report is of an earlier start of the same child.
 */
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  type SignalDefinition,
  workflowInfo,
} from '@temporalio/workflow';
import type { Outbox } from './outbox.ts';

export interface Stamp {
  readonly run: string;
  readonly sequence: number;
}

export interface Composed<T> {
  readonly report: T;
  /** It arrived: what it said is not said again. */
  readonly arrived: () => void;
}

export interface Reporter {
  /** How many were sent. */
  readonly reports: number;
  /** Something changed that the parent should know; several changes at once are one report. */
  changed(): void;
}

/** Without a parent it tells nobody. */
export function createReporter<T>(
  signal: SignalDefinition<[T]>,
  compose: (stamp: Stamp) => Composed<T>,
  /** Sent by the run that this one continues. */
  sentBefore = 0,
): Reporter {
  const { parent, firstExecutionRunId } = workflowInfo();
  let sequence = sentBefore;
  let news = false;
  let sends = false;

  async function sendAll(parentId: string): Promise<void> {
    while (news) {
      news = false;
      sequence += 1;
      const { report, arrived } = compose({ run: firstExecutionRunId, sequence });
      try {
        await getExternalWorkflowHandle(parentId).signal(signal, report);
        arrived();
      } catch {
        // The parent ended, or the server took no more: what is still new is in the next report.
      }
    }
    sends = false;
  }

  return {
    get reports() {
      return sequence;
    },
    changed() {
      news = true;
      if (parent === undefined || sends) return;
      sends = true;
      // Whoever changes something may be in a scope that is cancelled right after.
      void CancellationScope.nonCancellable(() => sendAll(parent.workflowId));
    },
  };
}

/** `foreign`: under the running child's name, and not about it. */
type Standing = 'news' | 'old' | 'foreign';

/**
 * For the parent: whether a report is the running child's, about that child, and newer than the last one. Only news counts: a forged
 * report must not make genuine ones look old.
 */
export function createReportFilter(
  outbox: Outbox,
): (stamp: Stamp, concernsChild: () => boolean) => Promise<Standing> {
  let last: Stamp = { run: '', sequence: 0 };
  return async ({ run, sequence }, concernsChild) => {
    // It may come with the same workflow task that says which run of the child has started.
    if (outbox.isOpen && outbox.childRun === null)
      await condition(() => !outbox.isOpen || outbox.childRun !== null);
    if (run !== outbox.childRun || (run === last.run && sequence <= last.sequence)) return 'old';
    if (!concernsChild()) return 'foreign';
    last = { run, sequence };
    return 'news';
  };
}
