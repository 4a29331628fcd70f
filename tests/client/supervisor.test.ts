import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { supervise } from '../../client/cli/supervisor.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phasewright-supervisor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(source: string, more: { readonly graceMs?: number } = {}) {
  const path = join(folder, 'program.mjs');
  writeFileSync(
    path,
    `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(join(folder, 'starts'))}, 'x');\n${source}`,
  );
  const said: string[] = [];
  const lines: string[] = [];
  const ready: string[] = [];
  const supervisor = supervise(
    { path, args: [], env: { PATH: process.env['PATH'] } },
    {
      onLine: (line) => lines.push(line),
      onReady: (facts) => ready.push(facts),
      say: (line) => said.push(line),
      pauseMs: 5,
      ...more,
    },
  );
  const starts = () => readFileSync(join(folder, 'starts'), 'utf8').length;
  return { supervisor, said, lines, ready, starts };
}

const waits = "console.log('READY {\"a\":1}');\nconsole.log('hello');\nsetInterval(() => {}, 1000);\n";

describe('a supervised worker', () => {
  it('is started anew when it is killed', async () => {
    const { supervisor, ready, said, lines } = program(waits);
    await eventually('the program to be ready', () => ready.length === 1);
    process.kill(supervisor.pid() ?? 0, 'SIGKILL');
    await eventually('the program to be ready', () => ready.length === 2);
    await supervisor.stop();
    expect(await supervisor.ended).toBe(0);
    expect(said).toEqual([expect.stringContaining('The worker ended (SIGKILL); a new one starts')]);
    expect(lines).toContain('hello');
    expect(ready).toEqual(['{"a":1}', '{"a":1}']);
  });

  it('is given up when it dies again and again', async () => {
    const { supervisor, said, starts } = program('process.exit(7);\n');
    expect(await supervisor.ended).toBe(1);
    expect(starts()).toBe(5);
    expect(said.at(-1)).toContain('exit code 7');
  });

  it('has ended when stop returns, even if it does not listen', async () => {
    const { supervisor, ready } = program(`process.on('SIGTERM', () => {});\n${waits}`, { graceMs: 200 });
    await eventually('the program to be ready', () => ready.length === 1);
    const pid = supervisor.pid() ?? 0;
    await supervisor.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
