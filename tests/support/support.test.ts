import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../temporal/package-root.ts';
import { elapsed } from './elapsed.ts';
import { takeRefusedHosts } from './network-guard.ts';
import { endProcessesOf } from './processes.ts';
import { filesOf, suiteNames, suites, suitesOf, testFiles } from './suites.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { sumOf, totalsLine, totalsOf } from './totals.ts';

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

it('counts a run in one line, and never lets one without a report look green', () => {
  const report = {
    numPassedTests: 12,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    testResults: [{ assertionResults: [{ fullName: 'opens a page', status: 'pending' }] }],
  };
  const broken = totalsOf({ ...report, numRuntimeErrorTestSuites: 1 });

  expect(totalsOf(report)).toEqual({ passed: 12, failed: 0, skipped: ['opens a page'] });
  expect(totalsLine(totalsOf(report))).toBe('12 passed, 0 failed');
  expect(totalsLine(broken)).toBe('12 passed, 1 failed');
  expect(totalsLine(totalsOf(undefined))).toBe('0 passed, 1 failed');
  expect(totalsLine(sumOf([totalsOf(report), broken, totalsOf(undefined)]))).toBe('24 passed, 2 failed');
});

describe('suites', () => {
  it('hold every test exactly once', () => {
    const files = testFiles();

    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => suitesOf(file).length !== 1)).toEqual([]);
    expect(suiteNames.flatMap(filesOf).toSorted()).toEqual(files);
  });

  it('name only paths that are there, and have a command each, which .ci/run runs', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const paths = suiteNames.flatMap((suite): readonly string[] => suites[suite]);

    expect(paths.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
    const integration = readFileSync(join(packageRoot(), '.ci', 'run'), 'utf8').split('\n');
    for (const suite of suiteNames.filter((name) => name !== 'core')) {
      expect(scripts[`test:${suite}`]).toBe(`node tests/support/run.ts ${suite}`);
      expect(integration).toContain(`${suite} npm run test:${suite}`);
    }
    expect(integration).toContain('core npm test');
  });

  it('would notice a test that nobody runs', () => {
    expect(suitesOf('tests/elsewhere/new.test.ts')).toEqual([]);
    expect(suitesOf('tests/github/project.test.ts')).toEqual(['core']);
    expect(suitesOf('tests/github/reviews.test.ts')).toEqual(['github']);
  });
});

it('tells elapsed time in minutes and hours', () => {
  expect([0, 59_999, 247_000, 3_753_000].map(elapsed)).toEqual(['0:00', '0:59', '4:07', '1:02:33']);
});

it('finds processes by a folder in their arguments, their place or their environment, and ends them', async () => {
  const folder = temporaryFolder();
  const idle = ['-e', 'setInterval(() => {}, 1000)'];
  const children = [
    spawn(process.execPath, [...idle, folder], { stdio: 'ignore' }),
    spawn(process.execPath, idle, { stdio: 'ignore', cwd: folder }),
    spawn(process.execPath, idle, { stdio: 'ignore', env: { FOLDER: folder } }),
  ];
  const ended = children.map((child) => once(child, 'exit'));
  await Promise.all(children.map((child) => once(child, 'spawn')));

  const left = endProcessesOf(folder);
  for (const { pid } of process.platform === 'linux' ? children : children.slice(0, 1))
    expect(left).toContainEqual(expect.stringMatching(`^process ${pid}\\b`));
  for (const child of children) child.kill('SIGKILL');
  expect(await Promise.all(ended)).toEqual(children.map(() => [null, 'SIGKILL']));
});
