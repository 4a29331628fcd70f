/** A pull request as a page that a person can open: Markdown, beside the record. */
import { escapeControls } from '../../../domain/text/escape.ts';
import type { PullRequestRecord } from './record.ts';

export function render(repository: string, record: PullRequestRecord): string {
  const { number, state, head, base, author, labels, merged } = record;
  const facts = [
    `| State | ${record.draft && state === 'open' ? 'draft' : state}${mergedHow(record)} |`,
    `| Repository | ${cell(repository)} |`,
    `| From | \`${head.branch}\` at \`${head.sha}\` |`,
    `| Into | \`${base.branch}\` at \`${base.sha}\` |`,
    `| Opened | ${record.createdAt} by ${cell(author)} |`,
    ...(labels.length === 0 ? [] : [`| Labels | ${labels.map(cell).join(', ')} |`]),
  ];
  const range = merged === null ? `${base.branch}...${head.branch}` : `${base.sha}...${head.sha}`;
  const sections = [
    `# #${number}: ${line(record.title)}`,
    ['| | |', '|---|---|', ...facts].join('\n'),
    `To read the change: \`git diff '${range.replaceAll("'", `'\\''`)}'\``,
    '---',
    block(record.body),
    ...record.reviews.map(
      ({ author: by, state: verdict, commit, body, submittedAt }) =>
        `---\n\n**${line(by)}** (${submittedAt}) reviewed \`${commit}\`: ${verdict}\n\n${block(body)}`,
    ),
    ...record.lines.map(
      ({ author: by, path, line: at, body }) =>
        `---\n\n**${line(by)}** on ${line(path)}${at === null ? '' : `, line ${at}`}:\n\n${block(body)}`,
    ),
    ...record.comments.map(
      ({ author: by, body, updatedAt }) => `---\n\n**${line(by)}** (${updatedAt}):\n\n${block(body)}`,
    ),
  ];
  return `${sections.join('\n\n').trimEnd()}\n`;
}

const mergedHow = ({ merged }: PullRequestRecord): string =>
  merged === null ? '' : ` as \`${merged.sha}\` ${merged.by === null ? 'by hand' : `by ${cell(merged.by)}`}`;
const line = (text: string): string => escapeControls(text);
const cell = (text: string): string => escapeControls(text).replaceAll('|', '\\|');
const block = (text: string): string => escapeControls(text, { newlines: 'keep' });
