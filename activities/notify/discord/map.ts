/** A notice as one message in Discord's Markdown. */
import type { Notice } from '../../../domain/model/notice.ts';
import { fit, webAddress, wordsOf } from '../notice-text.ts';

const maxContent = 2_000;
const maxHead = 200;
const maxTitle = 400;
/** Message flag: no previews of links. */
const suppressEmbeds = 4;

export interface DiscordMessage {
  readonly content: string;
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly flags: number;
  readonly nonce: string;
  readonly enforce_nonce: true;
}

export function toMessage(notice: Notice, nonce: string): DiscordMessage {
  const { project, heading, title, text, command, link } = wordsOf(notice);
  const address = link === null ? undefined : webAddress(link.value);
  const before = [`**${escape(`${project}: ${heading}`, maxHead)}**`, escape(title, maxTitle)];
  const after = [
    ...(command === null ? [] : [`${command.label}: ${code(command.value)}`]),
    ...(link === null ? [] : [`${link.label}: ${address === undefined ? code(link.value) : `<${address}>`}`]),
  ];
  // Two line ends stand around the text.
  const room = maxContent - lines([...before, ...after]).length - 2;
  return {
    content: lines([...before, escape(text, room), ...after]),
    allowed_mentions: { parse: [] },
    flags: suppressEmbeds,
    nonce,
    enforce_nonce: true,
  };
}

const special = /[\\`*_~|<>[\]():#@-]/;

/** Whatever could begin a style, mention, list or link is shown as it is; `:` takes addresses their scheme. */
export const escape = (text: string, max: number): string =>
  fit(text, max, (character) => (special.test(character) ? `\\${character}` : character));

/** To copy as it is; a backtick would end it. */
const code = (text: string): string => (text.includes('`') ? escape(text, 2 * text.length) : `\`${text}\``);

const lines = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n');
