/**
 * The guard in front of the embedded server's Web UI, which itself asks nobody who they are: a reverse proxy on the loopback
 * that passes on what `refusalOf` lets in. Bodies are streamed both ways; the UI uses no web sockets.
 */
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { refusalOf } from './admission.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Guard {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. Rejects if the port (0: any) is taken. */
export async function guardWebUi(options: {
  readonly target: Address;
  readonly port: number;
}): Promise<Guard> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((asked, answer) => {
    const refusal = refusalOf(
      { method: asked.method ?? '', target: asked.url ?? '', headers: asked.headers },
      (server.address() as AddressInfo).port,
    );
    if (refusal === undefined) passOn(asked, answer, options.target, agent);
    else sayNo(answer, refusal);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: options.port, exclusive: true }, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function passOn(asked: IncomingMessage, answer: ServerResponse, { host, port }: Address, agent: Agent): void {
  const { method, url: path, headers } = asked;
  const passed = request({ agent, host, port, method, path, headers: between(headers, `${host}:${port}`) });
  passed.once('response', (reply) => {
    answer.writeHead(reply.statusCode ?? 502, between(reply.headers));
    // Whoever went away in between hears nothing more.
    pipeline(reply, answer).catch(() => undefined);
  });
  passed.once('error', () => {
    if (answer.headersSent) answer.destroy();
    else sayNo(answer, { status: 502, sentence: "Temporal's Web UI doesn't answer yet. Try again." });
  });
  answer.once('close', () => passed.destroy());
  pipeline(asked, passed).catch(() => undefined);
}

/** Without what concerns one connection alone (RFC 9110, 7.6.1). */
function between(headers: IncomingHttpHeaders, host?: string): OutgoingHttpHeaders {
  const { connection, 'keep-alive': _kept, te: _te, trailer: _trailer, upgrade: _upgrade, ...rest } = headers;
  const named = (connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const ours = Object.entries(rest).filter(([name]) => !named.includes(name) && !name.startsWith('proxy-'));
  return { ...Object.fromEntries(ours), ...(host === undefined ? {} : { host }) };
}

function sayNo(
  answer: ServerResponse,
  { status, sentence }: { readonly status: number; readonly sentence: string },
): void {
  // The body is not read: the connection ends with the answer.
  answer.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  answer.end(`${sentence}\n`);
}
