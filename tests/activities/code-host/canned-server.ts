/** A server that answers what a test says, and remembers what it was asked: for answers that a working code host doesn't give. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PortError } from '../../../activities/support/errors.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  /** The connection ends before anything is said, in the middle of the answer, or is left open without a word. */
  readonly fault?: 'drop' | 'cut' | 'silence';
}

export interface CannedServer {
  readonly url: string;
  readonly asked: Asked[];
  /** `GET /repos/acme/shop/pulls/1`, oldest first. */
  lines(): readonly string[];
  /** From now on. What no answer is given for is 404. */
  answer(next: (asked: Asked) => Reply | undefined): void;
  stop(): Promise<void>;
}

export const shop: RepositoryRef = { kind: 'hosted', owner: 'acme', name: 'shop' };

export async function startCannedServer(): Promise<CannedServer> {
  const asked: Asked[] = [];
  let answer: (asked: Asked) => Reply | undefined = () => undefined;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const entry = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      asked.push(entry);
      send(response, answer(entry) ?? { status: 404, json: { message: 'Not Found' } });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lines: () => asked.map(({ method, path }) => `${method} ${path}`),
    answer: (next) => void (answer = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? null : (JSON.parse(text) as unknown);
}

function send(response: ServerResponse, { status = 200, headers = {}, json, text, fault }: Reply): void {
  if (fault === 'silence') return;
  if (fault === 'drop') return void response.destroy();
  const body = text ?? JSON.stringify(json ?? {});
  const type = text === undefined ? 'application/json; charset=utf-8' : 'text/html';
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  if (fault !== 'cut') return void response.end(body);
  response.write(body.slice(0, body.length / 2), () => void setTimeout(() => response.destroy(), 20));
}

/** What this fails with; it has to. */
export async function failure(work: Promise<unknown>): Promise<PortError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
  throw new Error('This should have failed.');
}
