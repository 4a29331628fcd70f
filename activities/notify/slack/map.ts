/** A notice as blocks, with a text beside them for what shows no blocks: https://docs.slack.dev/reference/block-kit. */
import type { Notice } from '../../../domain/model/notice.ts';
import { fit, webAddress, type Words, wordsOf } from '../notice-text.ts';

const maxSection = 3_000;
const maxHead = 200;
const maxTitle = 400;
/** Slack recommends to stay below 4,000 with all of it. */
const maxFallback = 2_000;

/** Section whose text Slack doesn't search for names and addresses by itself: that is what `verbatim` says. */
interface Section {
  readonly type: 'section';
  readonly text: { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };
}

export interface SlackMessage {
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly Section[];
  readonly parse: 'none';
  readonly link_names: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

export function toMessage(notice: Notice, channel: string): SlackMessage {
  const words = wordsOf(notice);
  const head = escape(`${words.project}: ${words.heading}`, maxHead);
  const title = escape(words.title, maxTitle);
  const answers = answersOf(words);
  const sections = [lines(`*${head}*`, title), escape(words.text, maxSection), lines(...answers)];
  return {
    channel,
    text: lines(head, title, escape(words.text, maxFallback), ...answers),
    blocks: sections
      .filter((text) => text !== '')
      .map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })),
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeCharacter = (character: string): string => entities[character] ?? character;

/** Without these three characters, Slack knows neither mentions nor links: https://docs.slack.dev/messaging/formatting-message-text. */
export const escape = (text: string, max: number): string => fit(text, max, escapeCharacter);

function answersOf({ command, link }: Words): readonly string[] {
  // Escaped characters are at most five times as long, and all fit.
  const whole = (text: string): string => escape(text, Number.POSITIVE_INFINITY);
  const address = link === null ? undefined : webAddress(link.value);
  return [
    ...(command === null
      ? []
      : [
          `${command.label}: ${command.value.includes('`') ? whole(command.value) : `\`${whole(command.value)}\``}`,
        ]),
    ...(link === null
      ? []
      : [
          `${link.label}: ${address === undefined ? whole(link.value) : `<${whole(address).replaceAll('|', '%7C')}>`}`,
        ]),
  ];
}

const lines = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n');
