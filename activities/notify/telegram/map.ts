/**
 * A notice as plain text. Telegram looks for @names, #tags and addresses in plain text by itself, but not in what is marked
 * as code: https://core.telegram.org/bots/api#messageentity. So all that comes from a project is marked as code.
 */
import type { Notice } from '../../../domain/model/notice.ts';
import { fit, webAddress, wordsOf } from '../notice-text.ts';

const maxText = 4_096;
const maxProject = 200;
const maxTitle = 400;

/** Offset and length in UTF-16 units, which is how JavaScript counts. */
interface Entity {
  readonly type: 'code' | 'pre';
  readonly offset: number;
  readonly length: number;
}

export interface TelegramMessage {
  readonly chat_id: string;
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly link_preview_options: { readonly is_disabled: true };
}

interface Part {
  readonly text: string;
  readonly as?: Entity['type'];
}

export function toMessage(notice: Notice, chat: string): TelegramMessage {
  const { project, heading, title, text, command, link } = wordsOf(notice);
  const head: readonly Part[] = [code(fit(project, maxProject)), { text: `: ${heading}` }];
  const address = link === null ? undefined : webAddress(link.value);
  const answers: readonly Part[] = [
    ...(command === null ? [] : [{ text: `\n${command.label}: ` }, code(command.value)]),
    ...(link === null
      ? []
      : [{ text: `\n${link.label}: ` }, address === undefined ? code(link.value) : { text: address }]),
  ];
  const room = maxText - lengthOf([...head, ...answers]) - 1;
  const said = fit([fit(title, maxTitle), text].filter((part) => part !== '').join('\n'), room);
  const middle: readonly Part[] = said === '' ? [] : [{ text: '\n' }, { text: said, as: 'pre' }];
  return {
    chat_id: chat,
    ...joined([...head, ...middle, ...answers]),
    link_preview_options: { is_disabled: true },
  };
}

function joined(parts: readonly Part[]): { readonly text: string; readonly entities: readonly Entity[] } {
  const entities: Entity[] = [];
  let whole = '';
  for (const { text, as } of parts) {
    if (as !== undefined && text !== '')
      entities.push({ type: as, offset: whole.length, length: text.length });
    whole += text;
  }
  return { text: whole, entities };
}

const code = (text: string): Part => ({ text, as: 'code' });
const lengthOf = (parts: readonly Part[]): number => parts.reduce((sum, { text }) => sum + text.length, 0);
