/** A service on 127.0.0.1 that answers as a test says and remembers what it was asked, byte for byte. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Channel } from '../../../activities/notify/port.ts';
import type { Notice } from '../../../domain/model/notice.ts';

export interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
}

/** `hang`: takes the request and never answers. `reset`: breaks the connection. */
export type Reply =
  | 'hang'
  | 'reset'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

export interface StandIn {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** One after another; the last one stays. */
  reply(...replies: readonly Reply[]): void;
  close(): Promise<void>;
}

export async function startStandIn(...first: readonly Reply[]): Promise<StandIn> {
  const asked: Asked[] = [];
  let replies = [...first];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      asked.push({ method, path, headers, raw: Buffer.concat(parts).toString('utf8') });
      const reply = (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
      if (reply === 'hang') return;
      if (reply === 'reset') return void request.socket.destroy();
      const { status = 200, headers: sent = {}, body = '' } = reply;
      response.writeHead(status, sent).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    reply: (...next) => void (replies = [...next]),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const notice: Notice = {
  id: 'shop:phase-1.1:gate_opened:0',
  kind: 'gate_opened',
  project: 'shop',
  title: 'Merge phase 1?',
  text: 'Two tasks, checks passed.\nPull request #1.',
  command: 'phasewright approve shop --phase 1',
  link: 'https://github.com/acme/shop/pull/1',
};

/** What a project may hold to reach people, programs or terminals that it should not. */
export const hostile: Notice = {
  ...notice,
  title: '<!channel> @everyone @here <@U012AB3CD> <#C012> [x](https://evil.example) @admin',
  text: '<https://evil.example|your bank> **b** `c` ~~d~~ ||e|| # h\n> q & \u001b[31mred\u202e \ud800 end',
};

export const huge = (): Notice => ({
  ...notice,
  title: '🚀'.repeat(5_000),
  text: '👩‍👩‍👧&<*'.repeat(12_000),
});

/** What sending fails with; fails if it got through. */
export async function failureOf(channel: Channel, what: Notice, to: string | null): Promise<Error> {
  try {
    await channel.send(what, to);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It got through.');
}

/** Everything that a log or history could take from an error. */
export const everythingOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${everythingOf(error.cause)}`
    : String(error);

/** No half character. */
export const isWhole = (text: string): boolean => !/\p{Surrogate}/u.test(text);
