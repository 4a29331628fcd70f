/** Bodies of anybody: how much memory they get together, and for how long. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryBudget } from '../../client/webhooks/body.ts';
import { startWebhooks, type WebhookService } from '../../client/webhooks/service.ts';
import { eventually } from '../support/eventually.ts';
import { deliver, secret, signed } from './webhook-fixture.ts';

const running: WebhookService[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

async function service(arrivesWithinMs: number): Promise<{ url: string; lines: string[] }> {
  const lines: string[] = [];
  const started = await startWebhooks({
    secret,
    hints: { pass: async () => [], healthy: async () => true },
    log: (line) => void lines.push(line),
    listen: '127.0.0.1:0',
    arrivesWithinMs,
  });
  running.push(started);
  return { url: started.url, lines };
}

const mib = 1 << 20;
const part = Buffer.alloc(mib, ' ');

interface Held {
  /** All the service said once it closed; while it is open, undefined. */
  readonly said: string | undefined;
  readonly sent: Promise<void>;
}

/** Sends 24 MiB that no signature fits, all but the last byte, and waits. */
function hold(url: string, length: boolean): Held {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  let text = '';
  let closed = false;
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = true;
      resolve();
    });
  });
  // The service may close before all is sent.
  socket.on('error', () => undefined);
  socket.write(
    `POST /github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: ${signed('x')}\r\n${length ? `Content-Length: ${24 * mib + 1}` : 'Transfer-Encoding: chunked'}\r\n\r\n`,
  );
  const sent = new Promise<void>((resolve) => {
    for (let count = 1; count <= 24; count += 1) {
      if (!length) socket.write(`${mib.toString(16)}\r\n`);
      socket.write(part, count === 24 ? () => resolve() : undefined);
      if (!length) socket.write('\r\n');
    }
  });
  return {
    get said() {
      return closed ? text : undefined;
    },
    sent: Promise.race([sent, over]),
  };
}

it.each([
  ['with a length', true],
  ['in parts without one', false],
])(
  'bodies held open %s share 64 MiB: one that finds no room is answered at once, and others are heard',
  async (_how, length) => {
    const { url, lines } = await service(120_000);

    const held = Array.from({ length: 8 }, () => hold(url, length));
    await Promise.all(held.map(({ sent }) => sent));

    const refused = await eventually('room for two at most', () => {
      const answers = held.flatMap(({ said }) => said ?? []);
      return answers.length >= 6 && answers;
    });
    for (const said of refused) {
      expect(said).toMatch(/^HTTP\/1\.1 503 /);
      expect(said).toMatch(/^retry-after: 10\r$/im);
    }
    expect(lines.filter((line) => line.includes('found no room'))).toHaveLength(refused.length);
    expect(await deliver(url, { event: 'ping' })).toEqual({ status: 200, text: 'pong' });
  },
);

it('cuts off a body that does not end, and has its room again', async () => {
  const { url } = await service(500);
  const held = [hold(url, true), hold(url, true)];
  await Promise.all(held.map(({ sent }) => sent));
  const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)));
  await Promise.all(closed.filter((_, index) => held[index]?.said === undefined));
  expect(held.map(({ said }) => said?.slice(0, 12))).toEqual(['HTTP/1.1 408', 'HTTP/1.1 408']);

  const body = `{"zen":"${' '.repeat(24 * mib)}"}`;
  const both = await Promise.all([
    deliver(url, { event: 'ping', body }),
    deliver(url, { event: 'ping', body }),
  ]);

  expect(both).toEqual(Array(2).fill({ status: 200, text: 'pong' }));
});

it('gives out what it has, never more, and has all of it again in the end', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.array(fc.tuple(fc.nat(600), fc.boolean())), (total, steps) => {
      const budget = createMemoryBudget(total);
      const taken: number[] = [];
      for (const [bytes, give] of steps) {
        const free = budget.free;
        if (give) budget.giveBack(taken.pop() ?? 0);
        else if (budget.take(bytes)) taken.push(bytes);
        else expect(bytes).toBeGreaterThan(free);
        expect(budget.free + taken.reduce((sum, each) => sum + each, 0)).toBe(total);
        expect(budget.free).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
