/** What a person looks at before answering a gate. Pure. */
import { howEnded } from '../../../domain/landing/conflicts.ts';
import { answerOnTheWeb, commandFor } from '../../../domain/views/how-to-answer.ts';
import type { Review } from '../../review.ts';
import { manyLines, oneLine, relative, short, span, type Style } from './lines.ts';

export interface ReviewView {
  readonly style: Style;
  readonly now: number;
  /** The whole diff, not only its statistics. */
  readonly patch?: boolean;
}

export function reviewText(
  { status, phase, gate, diff, diffProblem }: Review,
  { style, now, patch = false }: ReviewView,
): string {
  const name = status.kind === 'project' ? status.name : status.title;
  const own =
    status.kind === 'project' && phase !== null
      ? status.phases.find(({ number }) => number === phase)
      : undefined;
  const pr = own === undefined ? status.pullRequest : own.pullRequest;
  const onTheWeb = answerOnTheWeb(gate.approvers, pr);
  const lines = [
    `${style.bold(oneLine(name))}: ${oneLine(gate.question, 500)}`,
    ...(gate.headSha === null
      ? ['Nothing was changed.']
      : [`Head ${gate.headSha}`, `Base ${gate.baseSha ?? 'none'}`]),
    ...(pr === null ? [] : [`Pull request #${pr.number} (${pr.state}): ${oneLine(pr.url)}`]),
    ...(own?.tasks ?? []).map(
      (task) =>
        `  ${phase}.${task.number} ${oneLine(task.title, 80)}: ${task.status}${task.commit === null ? '' : ` ${short(task.commit)}`}`,
    ),
    '',
    ...checks(gate.checks, style),
    ...sensitive(gate.sensitive, style),
    ...conflicts(gate.resolved ?? [], style),
    '',
    ...(diffProblem === null
      ? []
      : [style.yellow(`The diff could not be read: ${oneLine(diffProblem, 500)}`)]),
    ...(diff === null ? [] : [manyLines(diff.stat === '' ? 'No files differ.' : diff.stat)]),
    ...(diff !== null && patch
      ? [
          '',
          manyLines(diff.patch),
          ...(diff.truncated ? [style.yellow('The diff is longer; this is its beginning.')] : []),
        ]
      : []),
    '',
    `Opened ${relative(gate.openedAt, now)}, reminder ${relative(gate.remindAt, now)}, expires ${relative(gate.expireAt, now)}.`,
    ...(gate.approvers.length > 0
      ? [`${oneLine(onTheWeb ?? '', 1_000)}.`]
      : [
          'Anyone may answer:',
          `  ${style.cyan(commandFor.approve(status.slug, phase ?? undefined))}`,
          `  ${style.cyan(commandFor.reject(status.slug, phase ?? undefined))}`,
          ...(onTheWeb === null ? [] : [`  ${oneLine(onTheWeb, 1_000)}`]),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function checks(all: Review['gate']['checks'], style: Style): readonly string[] {
  if (all.length === 0) return [style.yellow('No checks.')];
  return all.map(({ command, passed, exitCode, elapsedMs }) => {
    const how = passed
      ? style.green('passed')
      : style.red(exitCode === null ? 'failed' : `failed (exit ${exitCode})`);
    return `${how} in ${span(elapsedMs)}: ${oneLine(command)}`;
  });
}

/** What tools will obey. */
function sensitive(all: Review['gate']['sensitive'], style: Style): readonly string[] {
  if (all === undefined) return [];
  return [
    '',
    style.yellow('Agents changed files that tell git, CI, agents, editors or package managers what to do:'),
    ...all.files.map((path) => `  ${oneLine(path)}`),
    ...(all.more ? ['  and others: look at all the files that differ.'] : []),
  ];
}

/** What git could not merge, and what an agent made of it. */
function conflicts(all: NonNullable<Review['gate']['resolved']>, style: Style): readonly string[] {
  if (all.length === 0) return [];
  return [
    '',
    style.yellow('Conflicts that agents resolved:'),
    ...all.map((file) => `  ${oneLine(file.path)} (${oneLine(file.kind)}): ${howEnded(file)}`),
  ];
}
