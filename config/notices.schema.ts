/** Settings of where people are told. */
import type { Setting } from './setting.ts';
import { text, token } from './values.schema.ts';

export const noticeSettings = {
  slackToken: {
    flag: null,
    variable: 'PHASEWRIGHT_SLACK_TOKEN',
    schema: token,
    secret: true,
    meaning: "A Slack bot's token. Default: none. See [notifications](notifications.md).",
  },
  discordToken: {
    flag: null,
    variable: 'PHASEWRIGHT_DISCORD_TOKEN',
    schema: token,
    secret: true,
    meaning: "A Discord bot's token. Default: none.",
  },
  telegramToken: {
    flag: null,
    variable: 'PHASEWRIGHT_TELEGRAM_TOKEN',
    schema: token,
    secret: true,
    meaning: "A Telegram bot's token. Default: none.",
  },
  noticeSecret: {
    flag: null,
    variable: 'PHASEWRIGHT_NOTICE_SECRET',
    schema: text,
    secret: true,
    meaning: 'Signs notices to generic webhooks. Default: none, unsigned.',
  },
} as const satisfies Readonly<Record<string, Setting>>;
