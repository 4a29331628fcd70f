/** Histories that were recorded with each released version: today's workflows must still make the commands that they hold. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../temporal/package-root.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { type RecordedHistory, readHistory, replayHistories } from '../../workers/replay-histories.ts';
import { quietRuntime, startRig } from '../support/rig.ts';
import { testAddress } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = join(packageRoot(), 'tests', 'replay', 'histories');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const run = promisify(execFile);

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
}
const replay = (...args: string[]): Promise<Ended> =>
  run(process.execPath, ['--no-warnings', join(packageRoot(), 'workers', 'replay.ts'), ...args], {
    env: { PATH: process.env['PATH'], HOME: temporaryFolder() },
  }).then(
    ({ stdout }) => ({ exitCode: 0, stdout }),
    ({ code, stdout }: { readonly code: number; readonly stdout: string }) => ({ exitCode: code, stdout }),
  );

describe('recorded histories', () => {
  let recorded: readonly RecordedHistory[];
  let code: string;
  beforeAll(async () => {
    quietRuntime();
    recorded = await Promise.all(files.map((name) => readHistory(join(folder, name))));
    ({ code } = await bundleWorkflows());
  });

  it('are there for every kind of workflow and for all that can happen to one', () => {
    const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    const kinds = ['projectWorkflow', 'phaseWorkflow', 'taskWorkflow'].filter(
      (kind) => !text.includes(`"name":"${kind}"`),
    );
    expect(kinds).toEqual([]);
    // Without them a replay compares less: another activity in the same place would pass.
    const flagless = files.filter(
      (name) => !readFileSync(join(folder, name), 'utf8').includes('"coreUsedFlags"'),
    );
    expect(flagless).toEqual([]);
    const happened = [
      'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
      'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED',
      'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED',
      'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
      'EVENT_TYPE_TIMER_FIRED',
      'EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED',
    ];
    expect(happened.filter((event) => !text.includes(event))).toEqual([]);
    expect(files.some((name) => name.includes('retried.phase.1.run-2'))).toBe(true);
    const releases = [...new Set(files.map((name) => name.slice(0, 4)))];
    expect(releases).toEqual(['0001']);
    for (const release of releases) {
      const ofRelease = files.filter((name) => name.startsWith(release));
      const bytes = ofRelease.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
      expect(bytes).toBeLessThan(1_000_000);
    }
  });

  it('still replay', async () => {
    expect(await replayHistories(recorded, { code })).toEqual({ replayed: files.length, problems: [] });
  });

  it('no longer replay when a workflow was changed without `patched`, each by its id', async () => {
    const [from, to] = ['prepareWorktree(', 'prepareWorktrees('];
    expect(code).toContain(from);
    const { replayed, problems } = await replayHistories(recorded, { code: code.replaceAll(from, to) });
    expect(replayed).toBe(files.length);
    const tasks = recorded.filter(({ workflowId }) => /\.task\.|^task\./.test(workflowId));
    expect(problems.length).toBe(tasks.length);
    for (const { workflowId } of tasks) {
      expect(problems).toContainEqual(
        expect.stringMatching(new RegExp(`^${workflowId} .*no longer replays: .*prepareWorktree.*patched`)),
      );
    }
  });
});

describe('node workers/replay.ts', () => {
  it('says how many histories replay, and ends with 0', async () => {
    const some = files.slice(0, 3).map((name) => join(folder, name));
    expect(await replay(...some)).toEqual({ exitCode: 0, stdout: '3 histories replayed, 0 problems.\n' });
  });

  it('names each problem by workflow or file in a sentence, and ends with 1', async () => {
    const name = files.find((each) => each.includes('.task.')) ?? '';
    const other = join(temporaryFolder(), 'other.json');
    const foreign = join(temporaryFolder(), 'foreign.json');
    writeFileSync(
      other,
      readFileSync(join(folder, name), 'utf8').replaceAll('"prepareWorktree"', '"prepareSomethingElse"'),
    );
    writeFileSync(foreign, '{"name": "not a history"}');

    const { exitCode, stdout } = await replay(other, foreign);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^project\.[a-z0-9.]+ \(run [0-9a-f-]+\) no longer replays: .*prepareSomethingElse.*$/m,
    );
    expect(stdout).toMatch(/foreign\.json cannot be read as a history: it has no list 'events'\./);
    expect(stdout).toContain('1 history replayed, 2 problems.\n');
  });

  it('shows how it is used when it is given nothing, and ends with 2', async () => {
    expect(await replay()).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('Usage: ') });
  });

  it('replays the open workflows of a namespace', async () => {
    const rig = await startRig();
    try {
      const slug = rig.slug('open');
      await rig.start(slug, { phases: [{ name: 'One', tasks: ['Do it'] }] });
      await rig.gate(rig.phase(slug, 1));
      const query = `WorkflowId = 'project.${slug}' OR WorkflowId = 'project.${slug}.phase.1'`;
      let ended: Ended = { exitCode: -1, stdout: '' };
      for (let tries = 0; tries < 20 && !ended.stdout.startsWith('2 '); tries += 1) {
        ended = await replay('--address', testAddress(), '--query', query);
      }
      expect(ended).toEqual({ exitCode: 0, stdout: '2 histories replayed, 0 problems.\n' });
      await rig.project(slug).terminate();
    } finally {
      await rig.close();
    }
  });
});
