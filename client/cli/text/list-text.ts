/** Lists for people. Pure. */
import type { PendingWork } from '../../../domain/views/pending.ts';
import type { ProjectRecord } from '../../records.ts';
import type { PullRequestEntry } from '../../pull-requests.ts';
import { firstWords } from '../../../domain/text/first-words.ts';
import { shortTrouble } from './pending-text.ts';
import { oneLine, relative, short, type Style, table } from './lines.ts';

export type Listed = ProjectRecord & {
  readonly pending: readonly PendingWork[];
  readonly failure: string | null;
};

export function listText(
  all: readonly Listed[],
  { style, now }: { readonly style: Style; readonly now: number },
): string {
  if (all.length === 0) return "No projects yet. 'phasewright start project.yaml' starts one.\n";
  const rows = all.map((each) => [
    style.bold(each.slug),
    each.kind,
    each.condition,
    each.phase === null ? '' : `phase ${each.phase}`,
    oneLine(waits(each), 60),
    oneLine(each.repository ?? '', 60),
    each.endedAt === null
      ? `started ${relative(each.startedAt.getTime(), now)}`
      : `ended ${relative(each.endedAt.getTime(), now)}`,
  ]);
  return `${table([['SLUG', 'KIND', 'CONDITION', 'AT', 'WAITS FOR, OR WHY IT FAILED', 'REPOSITORY', ''].map((head) => style.dim(head)), ...rows]).join('\n')}\n`;
}

/** What fails comes before what else is awaited. */
const waits = ({ waitingFor, pending, failure }: Listed): string =>
  [failure, shortTrouble(pending), waitingFor]
    .flatMap((each) => (each === null ? [] : [firstWords(each)]))
    .join('; ');

export function pullRequestsText(
  slug: string,
  all: readonly PullRequestEntry[],
  { style }: { readonly style: Style },
): string {
  if (all.length === 0) return `'${slug}' has no pull requests yet.\n`;
  return `${table(all.map((each) => [style.bold(`#${each.number}`), each.state, each.phase === null ? '' : `phase ${each.phase}`, oneLine(each.title, 60), `${each.head} → ${each.base ?? 'base'}`])).join('\n')}\n`;
}

export function pullRequestText(entry: PullRequestEntry, { style }: { readonly style: Style }): string {
  const lines = [
    `${style.bold(`#${entry.number} ${oneLine(entry.title)}`)} (${entry.state})`,
    `${entry.head} → ${entry.base ?? 'base'}`,
    `Head ${entry.headSha === null ? 'not known' : short(entry.headSha)}${entry.baseSha === null ? '' : `, base ${short(entry.baseSha)}`}`,
    oneLine(entry.url, 1_000),
  ];
  return `${lines.join('\n')}\n`;
}
