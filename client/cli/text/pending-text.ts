/** What is handed out and not back: what fails or can't begin in full, what runs or waits for its turn on one line. Pure. */
import { explain } from '../../../domain/failure.ts';
import { endSentence } from '../../../domain/text/sentence.ts';
import { isTroubled, type PendingWork } from '../../../domain/views/pending.ts';
import { oneLine, ordinal, relative, span, type Style } from './lines.ts';

export function pendingLines(
  pending: readonly PendingWork[],
  { style, now }: { readonly style: Style; readonly now: number },
): readonly string[] {
  return pending.flatMap((each) => {
    if (isTroubled(each)) return [style.yellow(troubleOf(each, now))];
    // A look that is repeated is how waiting works, and no news.
    if (each.attempt > 1) return [];
    const time = span(now - Date.parse(each.since));
    if (each.state === 'scheduled')
      return [style.dim(`Waits for its turn${onHost(each)}: ${whatOf(each)}, for ${time}.`)];
    const doing = each.doing === null ? '' : `: ${oneLine(each.doing)}`;
    return [style.dim(`Now: ${whatOf(each)}, for ${time}${doing}.`)];
  });
}

const onHost = ({ host }: PendingWork): string => (host === null ? '' : ` on host ${oneLine(host)}`);

/** One sentence or two: what fails or can't begin, and why. `now` null: absolute times, for lines that stay. */
export function troubleOf(each: PendingWork, now: number | null): string {
  const what = whatOf(each);
  const last = lastFailure(each);
  if (each.hostAwaySince !== null) {
    const since = minute(each.hostAwaySince);
    return each.host === null
      ? `No worker polls since ${since}: ${what} waits for one ('phasewright dev' or 'phasewright worker').${last}`
      : `Host ${oneLine(each.host)} is away since ${since}: ${what} waits for its worker.${last}`;
  }
  if (each.state === 'paused')
    return `${capital(what)} was paused in Temporal; 'temporal activity unpause' lets it go on.${last}`;
  return `${capital(what)}${begun(each, now)} failed; the ${ordinal(each.attempt)} try ${nextTry(each, now)}.${last}`;
}

function begun({ begunAt }: PendingWork, now: number | null): string {
  if (begunAt === null) return '';
  return `, begun ${now === null ? minute(begunAt) : relative(Date.parse(begunAt), now)},`;
}

function nextTry({ state, nextTryAt }: PendingWork, now: number | null): string {
  if (state === 'running') return 'runs';
  if (nextTryAt === null) return 'is due';
  return `comes ${now === null ? `at ${minute(nextTryAt)}` : relative(Date.parse(nextTryAt), now)}`;
}

function lastFailure({ lastFailure: words, lastFailureCode: code, kind }: PendingWork): string {
  if (words === null) return '';
  const said = endSentence(oneLine(words, 400));
  const fault = kind === 'workflow_task' ? " The worker's log says more." : '';
  return ` Last failure: ${code === null ? said : explain(code, said)}${fault}`;
}

/** A few words for a list: what is wrong, or waits for others of ours; null: nothing. */
export function shortTrouble(pending: readonly PendingWork[]): string | null {
  const worst = pending.find(({ hostAwaySince }) => hostAwaySince !== null) ?? pending.find(isTroubled);
  if (worst === undefined)
    return oneLine(pending.find(({ doing }) => doing?.startsWith('waiting '))?.doing ?? '', 60) || null;
  if (worst.hostAwaySince !== null)
    return worst.host === null ? 'a worker: none polls' : `host ${oneLine(worst.host)}, which is away`;
  return worst.state === 'paused'
    ? `${oneLine(worst.what, 60)}, paused in Temporal`
    : `retrying: ${oneLine(worst.what, 60)}, ${ordinal(worst.attempt)} try`;
}

function whatOf({ what, phase, task }: PendingWork): string {
  const where = phase === null ? '' : task === null ? ` of phase ${phase}` : ` of task ${phase}.${task}`;
  return `${oneLine(what, 60)}${where}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `2026-11-26 10:02 UTC` */
const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
