import { createServer, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { connectClient, resolveServer } from '../../temporal/connection.ts';
import { isLoopback, withoutProxy } from '../../temporal/loopback.ts';
import { anyFreePort } from '../../temporal/ports.ts';
import { connectWorker } from '../../temporal/worker-connection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dataDir = temporaryFolder();
const config = (address: string): Parameters<typeof resolveServer>[0] => ({
  dataDir,
  cacheDir: dataDir,
  durable: false,
  temporalCli: undefined,
  download: false,
  searchPath: '',
  environment: {},
  temporal: { address, namespace: 'builds', connectionOptions: { address }, addressFrom: 'TEMPORAL_ADDRESS' },
});

it('takes a given address before anything else, also when asked to start one', async () => {
  const said: string[] = [];

  const server = await resolveServer(config('temporal.example:7233'), {
    start: true,
    log: (line) => void said.push(line),
  });

  expect(server).toEqual({
    address: 'temporal.example:7233',
    namespace: 'builds',
    connectionOptions: { address: 'temporal.example:7233' },
    source: 'given',
    uiUrl: null,
  });
  expect(said).toEqual([
    "Using the Temporal server at temporal.example:7233, namespace 'builds' (given by TEMPORAL_ADDRESS).",
  ]);
});

it('says which address cannot be reached', async () => {
  const server = await resolveServer(config(`127.0.0.1:${await anyFreePort()}`), { log: () => undefined });
  const expected = {
    code: 'ServerUnavailable',
    message: expect.stringMatching(
      /^The Temporal server at 127\.0\.0\.1:\d+ cannot be reached: .+ Check the address/,
    ),
  };

  await expect(connectClient(server)).rejects.toMatchObject(expected);
  await expect(connectWorker(server)).rejects.toMatchObject(expected);
});

it('gives up on a server that accepts and never answers', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const server = await resolveServer(config(`127.0.0.1:${port}`), { log: () => undefined });

  await expect(connectClient(server)).rejects.toMatchObject({ code: 'ServerUnavailable' });
  for (const socket of sockets) socket.destroy();
  silent.close();
});

it.each([
  ['127.0.0.1:7233', true],
  ['127.9.8.7', true],
  ['localhost:7233', true],
  ['LOCALHOST', true],
  ['temporal.localhost:7233', true],
  ['[::1]:7233', true],
  ['::1', true],
  ['localhost.example.com:7233', false],
  ['127.0.0.1.example.com:7233', false],
  ['notlocalhost:7233', false],
  ['10.0.0.1:7233', false],
  ['[2001:db8::1]:7233', false],
  ['temporal.example.com', false],
])('reaches %s without a proxy: %s', (address, direct) => {
  expect(isLoopback(address)).toBe(direct);
  const options = withoutProxy({ address, channelArgs: { 'grpc.keepalive_time_ms': 1 } });
  expect(options.channelArgs).toEqual({
    'grpc.keepalive_time_ms': 1,
    ...(direct ? { 'grpc.enable_http_proxy': 0 } : {}),
  });
});
