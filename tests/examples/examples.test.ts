/** The demo's material, without a server: the recorded edits are real work on a real library, checked step by step. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { play } from '../../activities/agent/script/play.ts';
import { parseScript, type ScriptEntry } from '../../activities/agent/script/script.schema.ts';
import { runProcess } from '../../activities/support/process.ts';
import { REJECTED_GATE } from '../../client/cli/demo/person.ts';
import { parseAgents } from '../../domain/agents/blueprints.schema.ts';
import { parseProjectFile } from '../../domain/project-file/parse.schema.ts';
import { patienceMs } from '../support/eventually.ts';

const examples = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');
const read = (name: string) => readFile(join(examples, name), 'utf8');
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

let entries: readonly ScriptEntry[];
let folder: string;

beforeAll(async () => {
  const parsed = parseScript(await read('script.yaml'), 'script.yaml');
  entries = 'script' in parsed ? parsed.script.entries : [];
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function nodeTest(
  cwd: string,
): Promise<{ readonly exitCode: number; readonly passed: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--test'], { cwd, env }, (error, stdout) => {
      resolve({
        exitCode: error === null ? 0 : 1,
        passed: Number(/^(?:#|ℹ) pass (\d+)$/m.exec(stdout)?.[1] ?? 0),
        output: stdout,
      });
    });
  });
}

async function perform(entry: ScriptEntry, worktree: string): Promise<readonly string[]> {
  const said: string[] = [];
  const run = (command: Parameters<typeof runProcess>[0]['command']) =>
    runProcess({ command, cwd: worktree, env, timeoutMs: patienceMs });
  await play(entry.do, {
    worktree,
    spool: join(folder, 'spool'),
    paceMs: 0,
    signal: new AbortController().signal,
    say: (line) => said.push(line),
    run,
  });
  return said;
}

async function freshLibrary(name: string): Promise<string> {
  const worktree = join(folder, name);
  await cp(join(examples, 'library'), worktree, { recursive: true });
  await runProcess({ command: ['git', 'init', '--quiet', '.'], cwd: worktree, env, timeoutMs: patienceMs });
  return worktree;
}

const makers = () => entries.filter(({ role }) => role === 'implementer');
const label = ({ phase, task, turn }: ScriptEntry) =>
  `${phase}.${task}${turn === undefined ? '' : `, turn ${turn}`}`;

describe('the project file', () => {
  it('has three phases, seven tasks, gates and checks', async () => {
    const parsed = parseProjectFile(await read('project.yaml'), 'project.yaml');

    if (!('draft' in parsed)) throw new Error(JSON.stringify(parsed));
    expect(parsed.draft.phases.map(({ tasks }) => tasks.length)).toEqual([2, 2, 3]);
    expect(parsed.draft.settings.approval.phases).toBe('required');
    expect(parsed.draft.settings.checks).toEqual(['node --test']);
    expect(parsed.draft.slug).toBe('pocket-ledger');
  });

  it('has a recorded entry for each task and for the revision of the rejected gate', async () => {
    const parsed = parseProjectFile(await read('project.yaml'), 'project.yaml');
    if (!('draft' in parsed)) throw new Error(JSON.stringify(parsed));
    const rejectedPhase = Number(/^phase-(\d+)\./.exec(REJECTED_GATE)?.[1]);
    const tasks = parsed.draft.phases.flatMap((phase) =>
      phase.tasks.map((task) => `${phase.number}.${task.number}`),
    );
    const revision = `${rejectedPhase}.${(parsed.draft.phases[rejectedPhase - 1]?.tasks.length ?? 0) + 1}`;

    for (const role of ['implementer', 'gatekeeper'] as const) {
      const recorded = new Set(
        entries.filter((entry) => entry.role === role).map(({ phase, task }) => `${phase}.${task}`),
      );
      expect([...recorded].toSorted()).toEqual([...tasks, revision].toSorted());
    }
  });
});

it('the agents file plays the recorded edits for both roles', async () => {
  const parsed = parseAgents(await read('agents.yaml'), 'agents.yaml');

  if (!('agents' in parsed)) throw new Error(JSON.stringify(parsed));
  expect(Object.keys(parsed.agents.blueprints)).toEqual(['implementer', 'gatekeeper']);
  for (const blueprint of Object.values(parsed.agents.blueprints))
    expect(blueprint).toMatchObject({ engine: 'script', scripts: ['script.yaml'] });
});

it('exactly one attempt is rejected by the gatekeeper, with a reason', () => {
  const rejections = entries
    .flatMap(({ role, result }) =>
      role === 'gatekeeper' ? [result as { decision: string; comments: string[] }] : [],
    )
    .filter(({ decision }) => decision === 'reject');

  expect(rejections).toHaveLength(1);
  expect(rejections[0]?.comments.join(' ')).toContain('the debit stays in the ledger');
});

it('the library passes its own tests, and every candidate passes them with more', async () => {
  const worktree = await freshLibrary('whole');
  let before = (await nodeTest(worktree)).passed;
  expect(before).toBe(6);

  for (const entry of makers()) {
    await perform(entry, worktree);
    const { exitCode, passed, output } = await nodeTest(worktree);
    expect({ entry: label(entry), exitCode, output }).toMatchObject({ exitCode: 0 });
    // The second try of a task mends a test instead of adding one.
    if (entry.turn !== 2) expect(passed).toBeGreaterThan(before);
    before = passed;
  }
  expect(before).toBe(20);
});

it("the gatekeeper's objection is true: the mended test fails on the first attempt's code", async () => {
  const worktree = await freshLibrary('objection');
  const [transfer, first, second] = makers();
  if (transfer === undefined || first === undefined || second === undefined)
    throw new Error('entries are missing');
  await perform(transfer, worktree);
  await perform(first, worktree);
  const testOnly = second.do.filter(
    (action) => action.name === 'replace' && action.value.path.startsWith('test/'),
  );
  expect(testOnly).toHaveLength(1);

  await perform({ ...second, do: testOnly }, worktree);

  expect((await nodeTest(worktree)).exitCode).toBe(1);
});
