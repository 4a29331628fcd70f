import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { takeRefusedHosts } from './network-guard.ts';
import { totalsLine } from './totals.ts';

it('refuses connections to other machines and remembers them, whoever swallows the error', async () => {
  await expect(fetch('http://192.0.2.1/')).rejects.toThrow();
  const error = await new Promise<Error>((resolve) => connect(80, 'example.invalid').once('error', resolve));

  expect(error.message).toContain('tests use this machine only');
  expect(takeRefusedHosts()).toEqual(['192.0.2.1', 'example.invalid']);
  expect(takeRefusedHosts()).toEqual([]);
});

it('lets tests talk to this machine', async () => {
  const server = createServer((_request, response) => void response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  expect(await (await fetch(`http://localhost:${port}/`)).text()).toBe('hello');
  server.close();
});

it('ends a run with its totals', () => {
  const report = {
    numPassedTests: 12,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
  };

  expect(totalsLine(report)).toBe('12 passed, 0 failed');
  expect(totalsLine({ ...report, numPendingTests: 1, numTodoTests: 1 })).toBe(
    '12 passed, 0 failed, 2 skipped',
  );
  expect(totalsLine({ ...report, numRuntimeErrorTestSuites: 1 })).toBe('12 passed, 1 failed');
  expect(totalsLine(undefined)).toBe('0 passed, 1 failed');
});
