/** Notices as blocks of text on the worker's standard output: what happened, and the command or page that answers. */
import type { Notice } from '../../../domain/model/notice.ts';
import type { Channel } from '../port.ts';
import { wordsOf } from '../notice-text.ts';

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

function render(notice: Notice): string {
  const { project, heading, title, text, command, link } = wordsOf(notice);
  const lines = [
    `${project}: ${heading}`,
    title,
    ...text.split('\n'),
    ...[command, link].flatMap((answer) => (answer === null ? [] : [`${answer.label}: ${answer.value}`])),
  ].filter((line) => line.trim() !== '');
  return `\n${lines.map((line, index) => (index === 0 ? `┌ ${line}` : `│ ${line}`)).join('\n')}\n└\n`;
}
