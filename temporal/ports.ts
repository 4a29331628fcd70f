/** Free ports on this machine's loopback. */
import { connect, createServer } from 'node:net';

/** The preferred port if nobody has it, else any free one that isn't in `except`. */
export async function choosePort(preferred: number, except: readonly number[] = []): Promise<number> {
  if (!except.includes(preferred) && !(await isTaken(preferred))) return preferred;
  for (;;) {
    const port = await anyFreePort();
    if (!except.includes(port)) return port;
  }
}

/** Rejects if this machine has no such address. */
export function anyFreePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Somebody answers on IPv4 or IPv6, or we may not listen. Listening alone doesn't tell: on some systems a second
 * listener may sit on 127.0.0.1 beside one on all addresses, and would take its callers.
 */
export async function isTaken(port: number): Promise<boolean> {
  if ((await answers(port, '127.0.0.1')) || (await answers(port, '::1'))) return true;
  return !(await canListen(port));
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 500 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
