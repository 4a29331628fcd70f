/** The claude-code preset against a program that speaks Claude Code's JSON (tests/support/claude-stand-in.js). */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deadlineAfter } from '../../support/deadline-after.ts';
import { type AgentFixture, createAgentFixture } from '../../support/agent-fixture.ts';

let agent: AgentFixture;
beforeEach(async () => {
  agent = await createAgentFixture({
    ANTHROPIC_API_KEY: 'sk-ant-0123456789',
    GITHUB_TOKEN: 'ghp_0123456789',
  });
});
afterEach(() => agent.remove());

const preset = (more = ''): string =>
  `implementer: { engine: claude-code${more} }\ngatekeeper: { engine: claude-code${more} }`;
const usage = { inputTokens: 123, outputTokens: 45, costUsd: 0.0421 };
const printed = (text: string) => () =>
  agent.artifact('log').then(
    (log) => log.includes(text),
    () => false,
  );
const asJudge = { role: 'gatekeeper' } as const;

interface Record {
  readonly args: readonly string[];
  readonly prompt: string;
  readonly env: Readonly<Partial<{ [name: string]: string }>>;
  readonly cwd: string;
}
async function recorded(more = ''): Promise<Record> {
  const file = join(agent.folder, 'record.json');
  await agent.run(preset(`${more}, set: { STANDIN_RECORD: '${file}' }`), 'Please.\ndo: edit\n');
  return JSON.parse(await readFile(file, 'utf8')) as Record;
}

describe('how Claude Code is started', () => {
  it('gets the prompt on standard input, in the worktree, with permission to edit and no more', async () => {
    const { args, prompt, cwd } = await recorded();
    expect(prompt).toBe(await agent.artifact('prompt.md'));
    expect(prompt).toContain('Please.\ndo: edit\n');
    expect(cwd).toBe(agent.worktree);
    expect(args[0]).toBe('-p');
    expect(args.join(' ')).toContain('--permission-mode acceptEdits --output-format json');
    expect(args).not.toContain('--model');
    expect(args).not.toContain('--allowedTools');
  });

  it('gets model, turns, tools and permissions from the blueprint', async () => {
    const { args } = await recorded(
      ", model: sonnet, max_turns: 30, permission_mode: bypassPermissions, tools: { allow: ['Bash(npm test)', Read], deny: [WebFetch] }",
    );
    const line = args.join(' ');
    expect(line).toContain('-p --allowedTools Bash(npm test) Read --disallowedTools WebFetch --add-dir');
    expect(line).toContain('--model sonnet --max-turns 30');
    expect(line).toContain('--permission-mode bypassPermissions');
  });

  it('is told where its answer goes, and may write there', async () => {
    const { args, env } = await recorded();
    const resultFile = env['PHASEWRIGHT_RESULT_FILE'] ?? '';
    expect(args[args.indexOf('--add-dir') + 1]).toBe(dirname(resultFile));
    const instructions = args[args.indexOf('--append-system-prompt') + 1];
    expect(instructions).toContain(resultFile);
    expect(instructions).toContain('"outcome": "done" | "blocked" | "failed"');
  });

  it('gets its own credentials and none of the others', async () => {
    const { env } = await recorded();
    expect(env['ANTHROPIC_API_KEY']).toBe('sk-ant-0123456789');
    expect(env['HOME']).toBe(agent.folder);
    expect(env).not.toHaveProperty('GITHUB_TOKEN');
  });

  it('is asked for structured output only if it has that', async () => {
    const { args } = await recorded();
    expect(JSON.parse(args[args.indexOf('--json-schema') + 1] ?? '')).toMatchObject({
      required: ['outcome', 'summary'],
    });
  });

  it('is not asked for structured output by a version that lacks it', async () => {
    const program = join(agent.folder, 'old-claude');
    await writeFile(program, '#!/bin/sh\nSTANDIN_OLD=1 exec claude "$@"\n', { mode: 0o755 });
    const { args } = await recorded(`, program: '${program}'`);
    expect(args).not.toContain('--json-schema');
    expect(args).toContain('--append-system-prompt');
  });
});

describe('how its answer is read', () => {
  it('takes the text of a success as the summary of a maker, with usage and cost', async () => {
    const run = await agent.run(preset(), 'do: edit');
    expect(run).toMatchObject({
      engine: 'claude-code',
      result: { kind: 'maker', outcome: 'done', summary: 'Added the table.\nAll tests pass.' },
      usage,
    });
    expect(await readFile(join(agent.worktree, 'table.sql'), 'utf8')).toContain('create table');
  });

  it('takes the result file before everything else', async () => {
    const run = await agent.run(preset(), 'do: result-file');
    expect(run).toMatchObject({ result: { outcome: 'blocked', question: 'Which database?' }, usage });
  });

  it("takes a judge's decision from structured output, not from what it says", async () => {
    const run = await agent.run(preset(), 'do: structured', asJudge);
    expect(run).toMatchObject({
      result: { kind: 'judge', decision: 'accept', comments: ['Well tested.'] },
      usage,
    });
  });

  it("never takes a judge's decision from prose, even if that is JSON", async () => {
    const run = await agent.run(preset(), 'do: prose-decision', asJudge);
    expect(run).toMatchObject({ result: { kind: 'unusable', type: 'InvalidAgentResult' }, usage });
  });

  it.each(['warning-first', 'messages'])('finds the result among other output (%s)', async (mode) => {
    const run = await agent.run(preset(), `do: ${mode}`);
    expect(run).toMatchObject({ result: { outcome: 'done' }, usage });
  });
});

describe('an answer that was printed', () => {
  it('counts although the program does not end, which gets a few seconds and not its whole time', async () => {
    const run = await agent.run(preset(), 'do: answer-and-hang', { timeoutMs: 600_000 });
    expect(run).toMatchObject({
      result: { kind: 'maker', outcome: 'done', summary: 'Made the table.' },
      usage,
    });
  });

  it('counts although the deadline came before that', async () => {
    const run = await deadlineAfter(printed('Made the table.'), (timeoutMs) =>
      agent.run(preset(), 'do: answer-and-hang', { timeoutMs }),
    );
    expect(run).toMatchObject({ result: { kind: 'maker', outcome: 'done' }, usage });
  });

  it('counts although the program crashes afterwards', async () => {
    const run = await agent.run(preset(), 'do: decide-and-crash', asJudge);
    expect(run).toMatchObject({ result: { kind: 'judge', decision: 'accept' }, usage });
  });

  it('that tells of a failure is one, however the program ends', async () => {
    const run = await deadlineAfter(printed('error_max_turns'), (timeoutMs) =>
      agent.run(preset(), 'do: fail-and-hang', { timeoutMs }),
    );
    expect(run).toMatchObject({
      result: { kind: 'unusable', message: expect.stringContaining('error_max_turns') },
      usage,
    });
  });
});

describe('how its failures are told', () => {
  it.each([
    ['max-turns', /ended with exit code 0 and reported 'error_max_turns' after 30 turns, without a result/],
    [
      'error-exit-0',
      /ended with exit code 0 and reported an error after 4 turns: Prompt is too long, without a result\.$/,
    ],
    ['not-json', /instead of its JSON result, printed something else: Welcome to Claude Code! Please log in/],
    [
      'crash',
      /ended with exit code 7 and, instead of its JSON result, printed nothing, without a result\. Its last output:\nError: ENOSPC/,
    ],
  ])('%s', async (mode, message) => {
    for (const role of ['implementer', 'gatekeeper'] as const) {
      const run = await agent.run(preset(), `do: ${mode}`, { role });
      expect(run.result).toMatchObject({
        kind: 'unusable',
        type: 'AgentFailed',
        message: expect.stringMatching(message),
      });
    }
  });

  it.each(['implementer', 'gatekeeper'] as const)('a %s that was turned away was not there', async (role) => {
    const run = await agent.run(preset(), 'do: turned-away', { role });
    expect(run).toMatchObject({
      result: {
        kind: 'unavailable',
        why: 'limit',
        until: 1_795_681_301_000,
        message: `The ${role} (claude-code) was turned away: Claude AI usage limit reached.`,
      },
      usage,
    });
  });

  it('still counts what a failed run cost', async () => {
    expect((await agent.run(preset(), 'do: max-turns')).usage).toEqual(usage);
  });

  it('ends it at its deadline', async () => {
    const run = await agent.run(preset(), 'do: hang', { timeoutMs: 1_500 });
    expect(run.result.kind).toBe('timed_out');
  });

  it('says that it is not installed', async () => {
    const run = await agent.run(preset(', program: claude-is-not-here'));
    expect(run.result).toMatchObject({
      type: 'AgentFailed',
      message: expect.stringContaining("Could not start 'claude-is-not-here'"),
    });
  });
});
