/** Sends signed events as GitHub does: once and without trying again, unless a test wants them lost, doubled or shuffled. */
import { createHmac, randomUUID } from 'node:crypto';

/** `times` copies of each, with the same delivery id; `shuffle` mixes what happens within `delayMs` (then at least 100). */
export type DeliveryMode =
  | 'deliver'
  | 'drop'
  | { readonly times?: number; readonly shuffle?: boolean; readonly delayMs?: number };

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

export interface Delivery {
  /** The delivery's GUID: copies and redeliveries have the same. */
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  readonly repository: string;
  /** The raw bytes that are signed. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Status of each attempt to deliver; 0: no answer. */
  readonly answers: number[];
}

const hookId = '412345678';

const sign = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

function headersOf(event: string, body: string, id: string, secret: string): Record<string, string> {
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/8e0b3a1',
    'x-github-delivery': id,
    'x-github-event': event,
    'x-github-hook-id': hookId,
    'x-github-hook-installation-target-id': '1',
    'x-github-hook-installation-target-type': 'repository',
    'x-hub-signature-256': sign(secret, body),
  };
}

async function send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

export interface Deliveries {
  readonly all: readonly Delivery[];
  mode: DeliveryMode;
  target: WebhookTarget | null;
  add(event: {
    readonly event: string;
    readonly action: string | null;
    readonly repository: string;
    readonly payload: Readonly<Record<string, unknown>>;
  }): void;
  /** The same event again, as a person asks GitHub to; the status answered, 0 for none. */
  redeliver(index: number): Promise<number>;
  /** Something that GitHub did not sign; the status answered, 0 for none. */
  forge(forged: {
    readonly event: string;
    readonly payload: unknown;
    readonly secret?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }): Promise<number>;
  /** When everything was delivered. */
  settled(): Promise<void>;
}

export function createDeliveries(): Deliveries {
  const all: Delivery[] = [];
  let inOrder: Promise<unknown> = Promise.resolve();
  const pending = new Set<Promise<unknown>>();

  const track = (work: Promise<unknown>): void => {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };
  const attempt = async (delivery: Delivery): Promise<number> => {
    if (deliveries.target === null) return 0;
    const status = await send(deliveries.target.url, delivery.headers, delivery.body);
    delivery.answers.push(status);
    return status;
  };
  const later = async (delivery: Delivery, ms: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await attempt(delivery);
  };

  const deliveries: Deliveries = {
    all,
    mode: 'deliver',
    target: null,
    add({ event, action, repository, payload }) {
      if (deliveries.target === null) return;
      const body = JSON.stringify({ ...(action === null ? {} : { action }), ...payload });
      const id = randomUUID();
      const headers = headersOf(event, body, id, deliveries.target.secret);
      const delivery: Delivery = { id, event, action, repository, body, headers, answers: [] };
      all.push(delivery);
      const { mode } = deliveries;
      if (mode === 'drop') return;
      if (mode === 'deliver') {
        inOrder = inOrder.then(() => attempt(delivery));
        track(inOrder);
        return;
      }
      const { times = 1, shuffle = false, delayMs = 0 } = mode;
      const spread = shuffle ? Math.max(delayMs, 100) : 0;
      for (let copy = 0; copy < times; copy += 1)
        track(later(delivery, shuffle ? Math.random() * spread : delayMs));
    },
    redeliver: (index) => {
      const delivery = all[index];
      if (delivery === undefined) throw new Error(`There is no delivery ${index}.`);
      return attempt(delivery);
    },
    forge: ({ event, payload, secret = 'a guess', headers = {} }) => {
      if (deliveries.target === null) throw new Error('The double has no webhook target.');
      const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
      return send(
        deliveries.target.url,
        { ...headersOf(event, body, randomUUID(), secret), ...headers },
        body,
      );
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
  return deliveries;
}
