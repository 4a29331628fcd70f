/**
 * What the service answers, to GitHub, Gitea and Forgejo alike. Nothing is parsed before its signature is right, and a delivery
 * is acknowledged only after the server has acknowledged the signals: what the sender believes to be delivered is.
 */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { concernOf, type WebhookHint } from '../../domain/code-host/webhook-events.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import { createMemoryBudget, useBody } from './body.ts';
import { createDeliveries } from './deliveries.ts';
import { type Envelope, readEnvelope } from './envelope.ts';
import type { Hints } from './hints.ts';
import { isSignature, verifiedText } from './signature.ts';

/** GitHub's own limit; Gitea has none, and sends far less. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
/** Of all bodies that are being read; a usual one has some 20 KB. */
const ALL_BODIES_BYTES = 64 * 1024 * 1024;
const ROOM_AGAIN_SECONDS = 10;

export interface WebhookAppOptions {
  readonly secret: string;
  readonly hints: Hints;
  /** One line, without a body or a secret. */
  readonly log: (line: string) => void;
}

type Here = Context<{ Bindings: HttpBindings }>;

export function createWebhookApp({ secret, hints, log }: WebhookAppOptions) {
  const deliveries = createDeliveries();
  const budget = createMemoryBudget(ALL_BODIES_BYTES);
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.get('/healthz', async (c) => {
    const temporal = await hints.healthy();
    return c.json({ ok: temporal, temporal }, temporal ? 200 : 503);
  });

  app.post('/github', async (c) => {
    const envelope = readEnvelope((name) => c.req.header(name));
    const limits = { limit: MAX_BODY_BYTES, budget };
    if (!isSignature(envelope.signature)) return refuse(c, envelope);
    const meant = await useBody(c.env.incoming, limits, (body) => understand(c, body, envelope));
    if (meant instanceof Response) return meant;
    if (typeof meant === 'object') return hear(c, envelope, meant);
    c.header('Connection', 'close');
    if (meant === 'too large') return c.text('The body is larger than 25 MB.', 413);
    log(`${deliveryOf(envelope)} ${addressOf(c)} found no room: too much is being sent at once.`);
    c.header('Retry-After', String(ROOM_AGAIN_SECONDS));
    return c.text('Too much is being sent at once. Redeliver it, or let the next look find out.', 503);
  });

  app.all('/github', (c) => c.text('Webhooks are posted here.', 405, { Allow: 'POST' }));
  app.notFound((c) => c.text('There is nothing here.', 404));
  app.onError((error, c) => {
    log(`A request ${addressOf(c)} failed: ${line(error.message)}`);
    return c.text('Something went wrong here.', 500);
  });

  /** The hint in a body, or the answer to one that holds none. */
  async function understand(c: Here, body: Buffer, envelope: Envelope): Promise<Response | WebhookHint> {
    const text = await verifiedText(secret, body, envelope.signature);
    if (text === undefined) return refuse(c, envelope);
    if (!/^application\/json *(;|$)/i.test(c.req.header('content-type') ?? ''))
      return c.text("Set the webhook's content type to application/json in its settings.", 415);
    const payload = parse(text);
    if (payload === undefined) return c.text('The body is not JSON.', 400);
    const concern = concernOf(envelope, payload);
    if (concern.kind === 'hint') return concern.hint;
    if (concern.kind === 'ping') return c.text('pong');
    if (concern.kind === 'unknown')
      log(`${deliveryOf(envelope)}: ignored, as nothing follows from the event '${line(envelope.event)}'.`);
    return c.text('ignored', 202);
  }

  async function hear(c: Here, envelope: Envelope, hint: WebhookHint): Promise<Response> {
    const about = `${deliveryOf(envelope)}: ${subjectOf(envelope, hint)}`;
    let told: readonly string[] = [];
    try {
      const hearing = await deliveries.once(idOf(envelope), async () => {
        told = await hints.pass(hint);
      });
      if (hearing === 'repeat') return c.text('already heard');
    } catch (error) {
      log(`${about}: Temporal did not take it in: ${line((error as Error).message)}`);
      return c.text('Temporal did not take it in. Redeliver it, or let the next look find out.', 503);
    }
    log(`${about}: ${told.length === 0 ? 'nobody waits' : `told ${told.join(', ')}`}`);
    return c.text(told.length === 0 ? 'nobody waits' : 'told', 202);
  }

  /** No detail for whoever guesses. */
  function refuse(c: Here, envelope: Envelope): Response {
    log(`${deliveryOf(envelope)} ${addressOf(c)} was refused: its signature is missing or wrong.`);
    return c.text('Unauthorized', 401);
  }

  return app;
}

const line = (text: string): string => escapeControls(text.slice(0, 200));

const subjectOf = ({ event }: Envelope, { repository, number }: WebhookHint): string =>
  `${line(event)} of ${repository}${number === null ? '' : ` #${number}`}`;

/** It is remembered: not one of any length. */
const idOf = ({ id }: Envelope): string | undefined =>
  id !== undefined && id.length <= 100 ? id : undefined;

const deliveryOf = ({ id }: Envelope): string => `Delivery ${line(id ?? 'without id')}`;

/** Behind a proxy the address is the proxy's; whom it forwards for is only its, or the sender's, word. */
function addressOf(c: Here): string {
  const forwarded = c.req.header('x-forwarded-for');
  const from = `from ${c.env.incoming.socket.remoteAddress ?? 'somewhere'}`;
  return forwarded === undefined ? from : `${from} (forwarded for ${line(forwarded)})`;
}

/** Undefined: not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
