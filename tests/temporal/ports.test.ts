import { type Server, createServer } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { anyFreePort, choosePort, isTaken } from '../../temporal/ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const listen = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    servers.push(server);
    server.listen(0, host, () => resolve((server.address() as { port: number }).port));
  });

it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('sees that a port is taken on %s', async (host) => {
  const port = await listen(host);

  expect(await isTaken(port)).toBe(true);
  expect(await choosePort(port)).not.toBe(port);
});

it('prefers the port that was asked for', async () => {
  const port = await anyFreePort();

  expect(await choosePort(port)).toBe(port);
  expect(await choosePort(port, [port])).not.toBe(port);
});
