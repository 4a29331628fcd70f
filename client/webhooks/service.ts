/** The HTTP server of the webhooks: small limits, because anybody may knock. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { PhasewrightError } from '../errors.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { createWebhookApp, type WebhookAppOptions } from './app.ts';

export interface WebhookService {
  /** `http://host:port`, with the port that was free if 0 was asked for. */
  readonly url: string;
  /** Takes nothing new, and lets what is being heard end. */
  stop(): Promise<void>;
}

export interface WebhookServiceOptions extends WebhookAppOptions {
  /** `host:port`. */
  readonly listen: string;
  /** For a whole request to arrive, its body included. Default: 10 s, after which senders have given up. */
  readonly arrivesWithinMs?: number;
}

/** Throws `InvalidConfig` if it cannot listen there. */
export async function startWebhooks({
  listen,
  arrivesWithinMs = 10_000,
  ...options
}: WebhookServiceOptions): Promise<WebhookService> {
  const app = createWebhookApp(options);
  const server = createServer(
    {
      headersTimeout: Math.min(5_000, arrivesWithinMs),
      requestTimeout: arrivesWithinMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 5_000,
    },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = 100;
  server.maxRequestsPerSocket = 100;
  await listenAt(server, listen);
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    stop: () => close(server),
  };
}

async function listenAt(server: Server, listen: string): Promise<void> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, resolve);
    });
  } catch (error) {
    throw new PhasewrightError(
      'InvalidConfig',
      `Cannot listen at ${listen}: ${endSentence((error as Error).message)} Name another host:port with --listen or PHASEWRIGHT_WEBHOOK_LISTEN.`,
      { cause: error },
    );
  }
}

const LETS_END_WITHIN_MS = 6_000;

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), LETS_END_WITHIN_MS);
  await closed;
  clearTimeout(late);
}
