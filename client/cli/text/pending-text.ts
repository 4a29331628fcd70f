/** What is handed out and not back: what fails or can't begin in full, what simply runs on one line. Pure. */
import { endSentence } from '../../../domain/text/sentence.ts';
import { isTroubled, type PendingActivity } from '../../pending-view.ts';
import { oneLine, relative, span, type Style } from './lines.ts';

export function pendingLines(
  pending: readonly PendingActivity[],
  { style, now }: { readonly style: Style; readonly now: number },
): readonly string[] {
  return pending.flatMap((each) => {
    if (isTroubled(each)) return [style.yellow(troubleOf(each, now))];
    // A look that is repeated is how waiting works, and no news.
    return each.state === 'running' && each.attempt === 1
      ? [style.dim(`Now: ${whatOf(each)}, for ${span(now - Date.parse(each.since))}.`)]
      : [];
  });
}

/** One sentence or two: what fails or can't begin, and why. `now` null: absolute times, for lines that stay. */
export function troubleOf(each: PendingActivity, now: number | null): string {
  const last =
    each.lastFailure === null ? '' : ` It last failed: ${endSentence(oneLine(each.lastFailure, 300))}`;
  if (each.hostAwaySince !== null)
    return `Host ${oneLine(each.host ?? '')} is away since ${minute(each.hostAwaySince)}: ${whatOf(each)} waits for its worker.${last}`;
  if (each.state === 'paused')
    return `${whatOf(each)} was paused in Temporal; 'temporal activity unpause' lets it go on.${last}`;
  const when =
    each.state === 'running'
      ? 'runs again'
      : each.nextTryAt === null
        ? 'is to be tried again'
        : `is tried again ${now === null ? `at ${minute(each.nextTryAt)}` : relative(Date.parse(each.nextTryAt), now)}`;
  return `${whatOf(each)} ${when}, attempt ${each.attempt}.${last}`;
}

/** A few words for a list; null: nothing is wrong. */
export function shortTrouble(pending: readonly PendingActivity[]): string | null {
  const worst = pending.find(({ hostAwaySince }) => hostAwaySince !== null) ?? pending.find(isTroubled);
  if (worst === undefined) return null;
  if (worst.hostAwaySince !== null) return `host ${oneLine(worst.host ?? '')}, which is away`;
  return worst.state === 'paused'
    ? `${worst.activity}, paused in Temporal`
    : `${worst.activity}, which fails (attempt ${worst.attempt})`;
}

function whatOf({ activity, phase, task }: PendingActivity): string {
  const where = phase === null ? '' : task === null ? ` of phase ${phase}` : ` of task ${phase}.${task}`;
  return `${oneLine(activity, 60)}${where}`;
}

/** `2026-11-26 10:02 UTC` */
const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
