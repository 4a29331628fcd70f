/** The channels that this worker can tell people over: those whose secrets it was given, and those that need none. */
import { createDiscordChannel } from '../activities/notify/discord/index.ts';
import type { Channel } from '../activities/notify/port.ts';
import { createSlackChannel } from '../activities/notify/slack/index.ts';
import { createStdoutChannel } from '../activities/notify/stdout/index.ts';
import { createTelegramChannel } from '../activities/notify/telegram/index.ts';
import { createWebhookChannel } from '../activities/notify/webhook/index.ts';
import type { NotifyTarget } from '../domain/model/project.ts';

export interface ChannelSecrets {
  readonly slack?: string | undefined;
  readonly discord?: string | undefined;
  readonly telegram?: string | undefined;
  /** Signs what generic webhooks get. */
  readonly notices?: string | undefined;
}

export function createChannels(
  secrets: ChannelSecrets = {},
): Readonly<Partial<Record<NotifyTarget['kind'], Channel>>> {
  const { slack, discord, telegram, notices } = secrets;
  return {
    stdout: createStdoutChannel(),
    webhook: createWebhookChannel({ secret: notices }),
    ...(slack === undefined ? {} : { slack: createSlackChannel({ token: slack }) }),
    ...(discord === undefined ? {} : { discord: createDiscordChannel({ token: discord }) }),
    ...(telegram === undefined ? {} : { telegram: createTelegramChannel({ token: telegram }) }),
  };
}
