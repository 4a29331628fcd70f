import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { parseScript } from '../../../activities/agent/script/script.schema.ts';
import { problemLine } from '../../../domain/yaml/problem.ts';
import {
  type AgentFixture,
  activityContext,
  agentsOf,
  createAgentFixture,
  perform,
} from '../../support/agent-fixture.ts';

let agent: AgentFixture;
beforeEach(async () => {
  agent = await createAgentFixture({ GIT_CONFIG_GLOBAL: '/dev/null' });
});
afterEach(() => agent.remove());

async function scriptAgent(script: string, more = ''): Promise<string> {
  const file = join(agent.folder, 'edits.yaml');
  await writeFile(file, script);
  return ['implementer', 'gatekeeper']
    .map((role) => `${role}: { engine: script, script: '${file}'${more} }`)
    .join('\n');
}
const inWorktree = (name: string): Promise<string> => readFile(join(agent.worktree, name), 'utf8');

describe('a script', () => {
  it('plays its actions in order and gives its result', async () => {
    execFileSync('git', ['init', '-q', agent.worktree], {
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    const run = await agent.run(
      await scriptAgent(`
entries:
  - role: implementer
    do:
      - think: A table is needed.
      - write: { path: src/table.ts, content: "const a = 1;\\n" }
      - append: { path: src/table.ts, content: "const b = 2;\\n" }
      - replace: { path: src/table.ts, find: "a = 1", with: "a = $&" }
      - write: { path: run.sh, content: "echo hi", executable: true }
      - write: { path: old.txt, content: x }
      - delete: old.txt
      - run: echo "task $PHASEWRIGHT_TASK_ID" > who.txt && ./run.sh
      - commit: Add the table
      - sleep: 10ms
      - say: All done.
    result: { outcome: done, summary: Added the table }
`),
    );
    expect(run).toMatchObject({
      engine: 'script',
      result: { kind: 'maker', outcome: 'done', summary: 'Added the table' },
    });
    expect(await inWorktree('src/table.ts')).toBe('const a = $&;\nconst b = 2;\n');
    expect(await inWorktree('who.txt')).toBe('task project.shop.phase.1.task.2\n');
    expect(
      execFileSync('git', ['-C', agent.worktree, 'show', '--name-only', '--format=%s'], { encoding: 'utf8' })
        .trim()
        .split('\n'),
    ).toEqual(['Add the table', '', 'run.sh', 'src/table.ts', 'who.txt']);
    const log = await agent.artifact('log');
    for (const line of [
      '(thinking) A table is needed.',
      'write src/table.ts',
      'commit: Add the table',
      'hi',
      'All done.',
    ])
      expect(log).toContain(line);
  });

  it('answers with the first entry that fits role, phase, task, attempt, turn and feedback', async () => {
    const entry = (summary: string, selectors: string): string =>
      `  - { role: implementer, ${selectors} result: { outcome: done, summary: ${summary} } }\n`;
    const yaml = await scriptAgent(
      `entries:\n${entry('other-phase', 'phase: 2,')}${entry('other-task', 'task: 1,')}${entry('other-attempt', 'attempt: 1,')}` +
        `${entry('second-turn', 'turn: 2,')}${entry('feedback', "when: { feedback_contains: 'No test' },")}${entry('default', 'phase: 1, task: 2,')}`,
    );
    const summary = async (prompt: string, turn: number) => (await agent.run(yaml, prompt, { turn })).result;
    expect(await summary('Do it.', 1)).toMatchObject({ summary: 'default' });
    expect(await summary('Do it.', 2)).toMatchObject({ summary: 'second-turn' });
    expect(await summary('Feedback: No test was added.', 3)).toMatchObject({ summary: 'feedback' });
  });

  it('that has no entry for a task fails, naming what was looked for and what there is', async () => {
    const yaml = await scriptAgent(
      'entries:\n  - { role: implementer, phase: 7, result: { outcome: done, summary: x } }\n',
    );
    const { result } = await agent.run(yaml);
    expect(result).toMatchObject({ kind: 'unusable', type: 'AgentFailed' });
    expect(result).toHaveProperty(
      'message',
      expect.stringMatching(
        /no recorded entry for role implementer, phase 1, task 2, attempt 3, turn 1 in .*edits\.yaml.*implementer · phase 7/s,
      ),
    );
  });

  it('can record wrong results, exit codes and silence', async () => {
    const yaml = await scriptAgent(`
entries:
  - { role: implementer, turn: 1, raw_result: "no json" }
  - { role: implementer, turn: 2, result: { decision: maybe } }
  - { role: implementer, turn: 3, exit_code: 3 }
  - { role: implementer, turn: 4, do: [{ say: Only words. }] }
  - { role: gatekeeper, result: { decision: approve } }
`);
    const result = async (turn: number) => (await agent.run(yaml, 'x', { turn })).result;
    expect(await result(1)).toMatchObject({ type: 'InvalidAgentResult' });
    expect(await result(2)).toMatchObject({ type: 'InvalidAgentResult' });
    expect(await result(3)).toMatchObject({
      type: 'AgentFailed',
      message: expect.stringContaining('exit code 3'),
    });
    expect(await result(4)).toMatchObject({ outcome: 'done', summary: 'Only words.' });
    expect((await agent.run(yaml, 'x', { role: 'gatekeeper' })).result).toMatchObject({
      type: 'UnknownDecision',
    });
  });

  it('whose recording does not fit the worktree fails and says where', async () => {
    const play = async (action: string) =>
      (await agent.run(await scriptAgent(`entries: [{ role: implementer, do: [${action}] }]`))).result;
    expect(await play('{ replace: { path: a.txt, find: x, with: y } }')).toMatchObject({
      message: expect.stringContaining('could not replace in a.txt: there is no such file'),
    });
    await writeFile(join(agent.worktree, 'a.txt'), 'hello');
    expect(await play('{ replace: { path: a.txt, find: x, with: y } }')).toMatchObject({
      message: expect.stringContaining("does not contain 'x'"),
    });
    expect(await play("{ run: 'exit 9' }")).toMatchObject({
      message: expect.stringContaining("'exit 9' ended with 9"),
    });
    await symlink(agent.folder, join(agent.worktree, 'out'));
    for (const path of ['out/x', 'out/new/folder/x'])
      expect(await play(`{ write: { path: ${path}, content: x } }`)).toMatchObject({
        message: expect.stringContaining('outside the worktree'),
      });
    expect(existsSync(join(agent.folder, 'new'))).toBe(false);
  });

  it('waits for no FIFO, and writes through no link to a file', async () => {
    const play = async (action: string) =>
      (await agent.run(await scriptAgent(`entries: [{ role: implementer, do: [${action}] }]`))).result;
    const outside = join(agent.folder, 'outside');
    await writeFile(outside, 'theirs');
    for (const name of ['link', 'other']) await symlink(outside, join(agent.worktree, name));
    for (const name of ['pipe', 'way']) execFileSync('mkfifo', [join(agent.worktree, name)]);
    for (const name of ['link', 'pipe']) {
      expect(await play(`{ append: { path: ${name}, content: x } }`)).toMatchObject({
        message: expect.stringContaining(`could not append to ${name}: there is`),
      });
      expect(await play(`{ write: { path: ${name}, content: ours } }`)).toMatchObject({ kind: 'maker' });
      expect(await inWorktree(name)).toBe('ours');
    }
    expect(await play('{ replace: { path: other, find: theirs, with: x } }')).toMatchObject({
      message: expect.stringContaining('could not replace in other: there is a symbolic link'),
    });
    expect(await play('{ write: { path: way/x, content: x } }')).toMatchObject({
      message: expect.stringContaining('could not write way/x'),
    });
    expect(await readFile(outside, 'utf8')).toBe('theirs');
  });

  it('writes into folders behind links that stay in the worktree, and keeps a file executable', async () => {
    execFileSync('mkdir', ['-p', join(agent.worktree, 'real')]);
    await symlink('real', join(agent.worktree, 'alias'));
    await agent.run(
      await scriptAgent(
        `entries: [{ role: implementer, do: [{ write: { path: alias/new/run, content: one, executable: true } }, { append: { path: alias/new/run, content: two } }] }]`,
      ),
    );
    expect(await inWorktree('real/new/run')).toBe('onetwo');
    expect(statSync(join(agent.worktree, 'real/new/run')).mode & 0o777).toBe(0o755);
  });

  it('takes its time when told to, and shows what it does in heartbeats', async () => {
    const context = activityContext();
    const beats: unknown[] = [];
    context.on('heartbeat', (detail) => beats.push(detail));
    const yaml = await scriptAgent(
      'entries: [{ role: implementer, do: [{ say: one }, { say: two }, { say: three }] }]',
      ', pace_ms: 500',
    );
    const run = await perform(agent.activities(agentsOf(yaml)).runAgent, agent.request('x'), context);
    expect(run.elapsedMs).toBeGreaterThanOrEqual(1_500);
    expect(beats).toContainEqual({ role: 'implementer', doing: 'one' });
  });

  it('is ended at its deadline, in a pause or in a command', async () => {
    for (const action of ['{ sleep: 5m }', '{ run: "trap \'\' TERM; sleep 300" }']) {
      const run = await agent.run(
        await scriptAgent(`entries: [{ role: implementer, do: [${action}] }]`),
        'x',
        { timeoutMs: 500 },
      );
      expect(run.result).toMatchObject({
        kind: 'timed_out',
        message: expect.stringContaining('within 500ms'),
      });
    }
  });

  it('stops when it is cancelled', async () => {
    const context = activityContext();
    const yaml = await scriptAgent('entries: [{ role: implementer, do: [{ say: here }, { sleep: 5m }] }]');
    const atWork = new Promise((resolve) => context.once('heartbeat', resolve));
    const ended = expect(
      perform(agent.activities(agentsOf(yaml)).runAgent, agent.request('x'), context),
    ).rejects.toThrow(CancelledFailure);
    await atWork;
    context.cancel();
    await ended;
  });

  it('that is malformed is an error of the configuration, with every problem', async () => {
    await expect(agent.run(await scriptAgent('entries: [{ role: boss }]'))).rejects.toMatchObject({
      type: 'InvalidAgents',
      nonRetryable: true,
    });
  });
});

describe('the format of scripts', () => {
  const problems = (text: string): readonly string[] => {
    const parsed = parseScript(text, 'edits.yaml');
    return 'problems' in parsed ? parsed.problems.map(problemLine) : [];
  };

  it('names every problem with its line', () => {
    const found = problems(`entries:
  - role: implementer
    dooo: []
    do:
      - write: { path: ../x, content: y }
      - writ: { path: x, content: y }
      - {}
      - { say: a, delete: b }
      - delete: .git/HEAD
    result: { outcome: done }
    raw_result: '{}'
`);
    const lines = found.map((line) => Number(/^edits\.yaml:(\d+):/.exec(line)?.[1])).sort((a, b) => a - b);
    expect(lines).toEqual(expect.arrayContaining([3, 5, 6, 7, 8, 9]));
    expect(found.join('\n')).toMatch(/Unknown key 'dooo'/);
    expect(found.join('\n')).toMatch(/Unknown key 'writ'. Did you mean 'write'\?/);
    expect(found.join('\n')).toMatch(/'..\/x' must be a path inside the worktree/);
  });

  it('may be JSON', () => {
    expect(problems('{"entries":[{"role":"implementer","do":[{"say":"hi"}]}]}')).toEqual([]);
  });
});
