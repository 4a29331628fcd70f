/**
 * Notices as JSON to an address that a project names; the form is in README.md and is kept. Delivered at least once: the
 * header `X-Phasewright-Notice` is the same for repeats. An address may hold a secret, and the other side is unknown: sentences
 * name its host only and repeat nothing of its answer.
 */
import { createHmac } from 'node:crypto';
import type { Channel } from '../port.ts';
import { post } from '../post.ts';
import { checkAnswer, noAddress } from './errors.ts';
import { headerOf, toBody } from './map.ts';

export interface WebhookChannelOptions {
  /** Signs the body; undefined: it is not signed. */
  readonly secret?: string | undefined;
  readonly timeoutMs?: number;
  readonly clock?: () => Date;
}

export function createWebhookChannel(options: WebhookChannelOptions = {}): Channel {
  const { secret, timeoutMs, clock = () => new Date() } = options;
  return {
    async send(notice, to) {
      const url = to?.trim() ?? '';
      if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw noAddress();
      const { host, username, password } = new URL(url);
      // fetch refuses these, and its message would show them.
      if (username !== '' || password !== '') throw noAddress();
      const body = JSON.stringify(toBody(notice, clock()));
      const headers = {
        'x-phasewright-notice': headerOf(notice.id),
        ...(secret === undefined ? {} : { 'x-phasewright-signature-256': `sha256=${sign(body, secret)}` }),
      };
      checkAnswer(await post({ who: `The webhook at ${host}`, url, headers, body, timeoutMs }));
    },
  };
}

const sign = (body: string, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');
