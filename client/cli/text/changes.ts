/** What changed between two looks, a line each: what `status --watch` prints where there is no terminal. Pure. */
import type { PhaseView } from '../../../domain/views/status.ts';
import { firstWords } from '../../../domain/text/first-words.ts';
import { isTroubled, type PendingWork } from '../../../domain/views/pending.ts';
import type { Status } from '../../status-view.ts';
import { troubleOf } from './pending-text.ts';
import { oneLine, short } from './lines.ts';

export function changes(before: Status | null, now: Status): readonly string[] {
  const name = now.kind === 'project' ? now.name : now.title;
  const lines: string[] = [];
  const told = before?.warnings ?? [];
  lines.push(...now.warnings.filter((each) => !told.includes(each)).map((each) => oneLine(each, 1_000)));
  if (before?.source !== now.source && now.source === 'server')
    lines.push('No worker answers; this is what the server knows.');
  if (before !== null && before.source === 'server' && now.source === 'live')
    lines.push('A worker answers again.');
  if (before?.condition !== now.condition || life(before) !== life(now))
    lines.push(`${oneLine(name)}: ${now.condition}${life(now) === '' ? '' : `, ${life(now)}`}`);
  if (now.kind === 'project') {
    for (const phase of now.phases) {
      const earlier =
        before?.kind === 'project' ? before.phases.find(({ number }) => number === phase.number) : undefined;
      lines.push(...phaseChanges(earlier, phase));
    }
    const known = before?.kind === 'project' ? before.advances.length : 0;
    lines.push(
      ...now.advances
        .slice(known)
        .map((advance) => `advance ${advance.stage}: ${firstWords(advance.message, 1_000)}`),
    );
  } else if (before?.kind === 'task' ? before.detail !== now.detail : true) {
    lines.push(`${now.status ?? 'task'}: ${firstWords(now.detail, 500)}`);
  }
  if (now.pullRequest !== null && before?.pullRequest?.state !== now.pullRequest.state)
    lines.push(`pull request #${now.pullRequest.number} ${now.pullRequest.state}: ${now.pullRequest.url}`);
  if (now.gate !== null && before?.gate?.id !== now.gate.id)
    lines.push(`gate ${now.gate.id}: ${oneLine(now.gate.question, 500)}`);
  if (now.question !== null && before?.question?.text !== now.question.text)
    lines.push(`the agent asks: ${oneLine(now.question.text, 2_000)}`);
  if (now.refused.length > 0 && before?.refused.at(-1)?.at !== now.refused.at(-1)?.at) {
    const last = now.refused.at(-1);
    lines.push(
      `refused '${oneLine(last?.message ?? '', 60)}': ${last?.code ?? ''}: ${oneLine(last?.reason ?? '', 300)}`,
    );
  }
  if (now.failure !== null && before?.failure !== now.failure)
    lines.push(`turned away: ${firstWords(now.failure, 2_000)}`);
  const wait = waitOf(now);
  if (
    wait !== null &&
    wait !== waitOf(before) &&
    !lines.some((line) => line.includes(wait.replace(/^a retry: /, '')))
  )
    lines.push(`waits for ${wait}`);
  lines.push(...newTroubles(before?.pending ?? [], now.pending));
  if (
    now.kind === 'project' &&
    now.mergedSha !== null &&
    !(before?.kind === 'project' && before.mergedSha === now.mergedSha)
  )
    lines.push(`merged into ${now.baseBranch ?? 'base'} as ${short(now.mergedSha)}`);
  return lines;
}

/** Each piece of work once, when its trouble begins or becomes another: not at every attempt. */
function newTroubles(before: readonly PendingWork[], now: readonly PendingWork[]): readonly string[] {
  const keyOf = ({ phase, task, what, lastFailure, hostAwaySince }: PendingWork): string =>
    JSON.stringify([phase, task, what, lastFailure, hostAwaySince !== null]);
  const known = new Set(before.filter(isTroubled).map(keyOf));
  return now
    .filter((each) => isTroubled(each) && !known.has(keyOf(each)))
    .map((each) => troubleOf(each, null));
}

/** What is awaited beside gates and questions, which have lines of their own. A retry is for what failed, which may have one, too. */
function waitOf(status: Status | null): string | null {
  if (status === null || status.gate !== null || status.question !== null) return null;
  if (status.kind === 'project' && status.phases.some(({ gate }) => gate !== null)) return null;
  const detail = /^waits for (.*)$/s.exec(status.detail)?.[1] ?? null;
  const wait = status.waitingFor ?? detail;
  return wait === null ? null : firstWords(wait, 500);
}

const life = (status: Status | null): string =>
  status === null ? '' : ((status.kind === 'project' ? status.lifecycle : status.status) ?? '');

function phaseChanges(before: PhaseView | undefined, now: PhaseView): readonly string[] {
  const lines: string[] = [];
  const label = `phase ${now.number} '${oneLine(now.name, 60)}'`;
  if (before?.status !== now.status && !(before === undefined && now.status === 'pending')) {
    lines.push(
      `${label}: ${now.status}${now.reason === null || now.status === 'completed' ? '' : ` (${now.reason})`}`,
    );
  }
  for (const task of now.tasks) {
    const earlier = before?.tasks.find(({ number }) => number === task.number);
    const same = earlier?.status === task.status && earlier.attempts === task.attempts;
    if (same || (earlier === undefined && task.status === 'incoming')) continue;
    const attempt = task.attempts > 1 ? `, attempt ${task.attempts}` : '';
    const what = task.commit === null ? oneLine(task.detail, 200) : short(task.commit);
    lines.push(
      `task ${now.number}.${task.number} '${oneLine(task.title, 60)}': ${task.status}${attempt}, ${what}`,
    );
  }
  const pr = now.pullRequest;
  if (pr !== null && before?.pullRequest?.state !== pr.state)
    lines.push(`${label}: pull request #${pr.number} ${pr.state}: ${pr.url}`);
  if (now.gate !== null && before?.gate?.id !== now.gate.id)
    lines.push(`gate ${now.gate.id}: ${oneLine(now.gate.question, 500)}`);
  return lines;
}
