/** A complete answer in the result file counts, whatever the program does afterwards. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { deadlineAfter } from '../../support/deadline-after.ts';
import { type AgentFixture, createAgentFixture, shellAgent } from '../../support/agent-fixture.ts';
import { watchAnswer } from '../../../activities/agent/answer-watch.ts';
import type { ResultFile } from '../../../activities/agent/exchange.ts';
import { processesOf } from '../../support/processes.ts';

let agent: AgentFixture;
beforeEach(async () => {
  agent = await createAgentFixture();
});
afterEach(() => agent.remove());

const done = (summary: string): string => JSON.stringify({ outcome: 'done', summary });
const write = (text: string): string => `printf '%s' '${text}' > "$PHASEWRIGHT_RESULT_FILE"`;
const written = (): boolean => existsSync(join(agent.worktree, 'written'));
const lingering = `trap '' TERM; while :; do sleep 0.1; done`;

describe('an agent that has written its result', () => {
  it('has answered although it did not end by its deadline, and is gone', async () => {
    const yaml = await shellAgent(agent, `${write(done('made it'))}; echo > written; ${lingering}`);
    const run = await deadlineAfter(written, (timeoutMs) => agent.run(yaml, '', { timeoutMs }));
    expect(run.result).toMatchObject({ kind: 'maker', outcome: 'done', summary: 'made it' });
    expect(processesOf(agent.worktree)).toEqual([]);
  });

  it('has decided, as a judge, although it crashed afterwards', async () => {
    const script = `${write('{"decision":"reject","comments":["No test."]}')}; kill -SEGV $$`;
    const run = await agent.run(await shellAgent(agent, script, 'gatekeeper'), '', { role: 'gatekeeper' });
    expect(run.result).toEqual({ kind: 'judge', decision: 'reject', comments: ['No test.'] });
  });

  it('is held to its last complete version when it was cut off while it wrote another', async () => {
    const script = `${write(done('first'))}; ${write(done('second'))}; sleep 2; ${write('{"outcome": "do')}; echo > written; ${lingering}`;
    const yaml = await shellAgent(agent, script);
    const run = await deadlineAfter(written, (timeoutMs) => agent.run(yaml, '', { timeoutMs }));
    expect(run.result).toMatchObject({ kind: 'maker', outcome: 'done', summary: 'second' });
  });

  it('by half has not answered: its deadline is what is told', async () => {
    const run = await agent.run(await shellAgent(agent, `${write('{"outcome": "do')}; ${lingering}`), '', {
      timeoutMs: 800,
    });
    expect(run.result).toMatchObject({ kind: 'timed_out' });
  });

  it('for another role has not answered', async () => {
    const run = await agent.run(
      await shellAgent(agent, `${write('{"decision":"accept"}')}; ${lingering}`),
      '',
      { timeoutMs: 800 },
    );
    expect(run.result).toMatchObject({ kind: 'timed_out' });
  });
});

describe('what counts in the end', () => {
  const text = (content: string): ResultFile => ({ kind: 'text', text: content });

  it.each([
    ['of an agent that ended by itself, what lies there', 'completed', text('{'), '{'],
    ['of one that crashed while it wrote, its last complete answer', 'failed', text('{'), done('before')],
    ['of one that was ended, its last complete answer', 'answered', text('{'), done('before')],
    ['of one that wrote again, the later one', 'answered', text(done('after')), done('after')],
  ] as const)('is, %s', async (_of, ended, last, expected) => {
    let file = text(done('before'));
    const watch = watchAnswer('implementer', async () => file);
    expect(await watch.answered()).toBe(done('before'));
    file = last;
    expect(await watch.settle(ended)).toEqual(text(expected));
  });

  it('is nothing of one that took its answer away', async () => {
    let file = text(done('before'));
    const watch = watchAnswer('implementer', async () => file);
    await watch.answered();
    file = { kind: 'absent' };
    expect(await watch.answered()).toBeUndefined();
    expect(await watch.settle('timed_out')).toEqual({ kind: 'absent' });
  });
});
