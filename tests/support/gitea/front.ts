/** Stands before a Gitea as proxies do; may do something to an answer before it is passed on. */
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `answered` hears of each request (`POST /api/…`) when the server has done it. What it awaits, the asker waits for as well;
 * `lost`: the asker never gets the answer.
 */
export async function standBefore(
  url: string,
  answered: (request: string) => Promise<'lost' | 'passed'>,
): Promise<Front> {
  const target = new URL(url);
  const server = createServer((incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    const asked = ask({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      void answered(`${method} ${path}`).then((fate) => {
        if (fate === 'lost') return outgoing.destroy();
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        return answer.pipe(outgoing);
      });
      answer.on('error', () => outgoing.destroy());
    });
    asked.on('error', () => outgoing.destroy());
    incoming.pipe(asked);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
