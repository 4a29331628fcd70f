/** What a notice says, in the parts that every channel shows, and how a part is cut to what a service takes. */
import type { Notice } from '../../domain/model/notice.ts';
import { escapeControls } from '../../domain/text/escape.ts';

const headings: Record<Notice['kind'], string> = {
  gate_opened: 'waits for a decision',
  gate_reminder: 'still waits for a decision',
  gate_expired: 'was not decided in time',
  phase_failed: 'a phase failed',
  question: 'an agent asks',
  project_done: 'is done',
  project_failed: 'failed',
  alarm: 'needs a look',
  waiting_for_merge: 'waits for a merge by hand',
};

/** Text of projects, with control characters shown; a part may be empty. */
export interface Words {
  readonly project: string;
  readonly heading: string;
  readonly title: string;
  /** May have several lines. */
  readonly text: string;
  readonly command: Answerable | null;
  readonly link: Answerable | null;
}

interface Answerable {
  /** What stands before it. */
  readonly label: string;
  readonly value: string;
}

/** Of these, half would mislead: longer ones are left out. */
const maxCommand = 200;
const maxLink = 400;

export function wordsOf({ kind, project, title, text, command, link }: Notice): Words {
  const whole = (value: string | null | undefined, max: number): string | null => {
    const shown = escapeControls(value?.trim() ?? '');
    return shown === '' || shown.length > max ? null : shown;
  };
  const answer = whole(command, maxCommand);
  const page = whole(link, maxLink);
  return {
    project: escapeControls(project.trim()),
    heading: headings[kind],
    title: escapeControls(title.trim()),
    text: escapeControls(text.trim(), { newlines: 'keep' }),
    command: answer === null ? null : { label: 'To answer', value: answer },
    link: page === null ? null : { label: answer === null ? 'On the web' : 'Or on the web', value: page },
  };
}

/** The address in its normal form, in which no blank, quote or angle bracket is left; undefined: no http(s) address, or too long. */
export function webAddress(link: string): string | undefined {
  if (!/^https?:\/\//i.test(link) || !URL.canParse(link)) return undefined;
  const { href } = new URL(link);
  return href.length > maxLink || /[\s<>"`]/.test(href) ? undefined : href;
}

/**
 * The text with each character escaped, in at most `max` UTF-16 units: never half a character, never half an escape, and what
 * was cut is said. `escape` must not need to see neighbours.
 */
export function fit(
  text: string,
  max: number,
  escape: (character: string) => string = (same) => same,
): string {
  const room = Math.max(0, max - remark(text.length).length);
  let written = '';
  let kept = { written: '', read: 0 };
  let read = 0;
  for (const character of text) {
    const next = escape(character);
    if (written.length + next.length > max)
      return `${kept.written}${remark(text.length - kept.read)}`.slice(0, Math.max(0, max));
    written += next;
    read += character.length;
    if (written.length <= room) kept = { written, read };
  }
  return written;
}

const remark = (cut: number): string => ` … (${cut} more characters)`;
