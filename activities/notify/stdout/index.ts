/** Notices as blocks of text on the worker's standard output: what happened, and the command that answers. */
import type { Notice } from '../../../domain/effects.ts';
import { escapeControls } from '../../../domain/text.ts';
import type { Channel } from '../port.ts';

export interface StdoutChannelOptions {
  /** Calls back with an error when the text could not be written. */
  readonly write?: (text: string, done: (error?: Error | null) => void) => unknown;
}

export function createStdoutChannel(options: StdoutChannelOptions = {}): Channel {
  const { write = (text, done) => process.stdout.write(text, done) } = options;
  return {
    send: (notice) =>
      new Promise((resolve, reject) => {
        write(render(notice), (error) => (error === null || error === undefined ? resolve() : reject(error)));
      }),
  };
}

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

function render({ kind, project, title, text, command }: Notice): string {
  const lines = [
    `${escapeControls(project)}: ${headings[kind]}`,
    escapeControls(title),
    ...escapeControls(text.trim(), { newlines: 'keep' }).split('\n'),
    ...(command === null ? [] : [`To answer: ${escapeControls(command)}`]),
  ].filter((line) => line.trim() !== '');
  return `\n${lines.map((line, index) => (index === 0 ? `┌ ${line}` : `│ ${line}`)).join('\n')}\n└\n`;
}
