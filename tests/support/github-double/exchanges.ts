/** What a request gets for an answer, whole or broken, and the record of it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Faults } from './faults.ts';
import type { Validator } from './validate.ts';
import type { World } from './world.ts';

export interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** The operation's template, `git push`, `git fetch`; null: the double has no such route. */
  readonly route: string | null;
  /** GitHub's name of the operation. */
  readonly operation: string | null;
  /** 0: the connection was broken instead. */
  readonly status: number;
  /** Null: nobody, or an App as itself. */
  readonly login: string | null;
  readonly at: Date;
  /** The kind of fault that was injected; null: none. */
  readonly fault: Fault['kind'] | null;
  /** Where request or answer differ from GitHub's description. */
  readonly problems: readonly string[];
  /** The request's body; undefined: none, or git's. */
  readonly sent?: unknown;
}

export interface Context {
  readonly world: World;
  readonly faults: Faults;
  readonly validator: Validator;
  readonly exchanges: Exchange[];
}

export interface Arrived {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export function note(
  { exchanges }: Context,
  request: IncomingMessage,
  exchange: Omit<Exchange, 'method' | 'path' | 'at'>,
): void {
  exchanges.push({ method: request.method ?? '', path: request.url ?? '', at: new Date(), ...exchange });
}

export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, { server: 'github.com', 'x-github-request-id': randomUUID(), ...headers });
  response.end(body);
}

export function breakOff(response: ServerResponse, end: () => void): void {
  end();
  response.socket?.destroy();
}

export function answerFault(
  response: ServerResponse,
  fault: Fault & { readonly kind: 'answer' },
  end: (status: number) => void,
): void {
  end(fault.status);
  const { status, body = {}, headers = {} } = fault;
  const page = typeof body === 'string';
  const type = page ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  send(response, {
    status,
    body: page ? body : JSON.stringify(body),
    headers: { 'content-type': type, ...headers },
  });
}

/** The headers arrive, so that no client thinks of asking again by itself; nothing else does. */
export function loseBody(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.flushHeaders();
  response.socket?.destroySoon();
}

export function truncate(response: ServerResponse, { status, headers, body }: Reply): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
}
