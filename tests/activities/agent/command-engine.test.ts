/** DESIGN section 10: what a program must know, and what becomes of one that misbehaves. Real programs, no server. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CancelledFailure } from '@temporalio/activity';
import {
  type AgentFixture,
  activityContext,
  agentsOf,
  createAgentFixture,
  key,
  perform,
  shellAgent,
} from '../../support/agent-fixture.ts';
import { eventually } from '../../support/eventually.ts';
import { processesOf } from '../../support/processes.ts';
import { deadlineAfter } from '../../support/deadline-after.ts';

let agent: AgentFixture;
beforeEach(async () => {
  agent = await createAgentFixture({
    WORKER_SECRET_TOKEN: 'canary-0123456789',
    MY_KEY: 'given-key-0123',
    LANG: 'C.UTF-8',
  });
});
afterEach(() => agent.remove());

const answer = (json: string): string => `printf '%s' '${json}' > "$PHASEWRIGHT_RESULT_FILE"`;
const wrote = (file: string): boolean => existsSync(join(agent.worktree, file));
async function gone(pidFile: string): Promise<boolean> {
  expect((await readFile(join(agent.worktree, pidFile), 'utf8')).trim()).toMatch(/^\d+(\n\d+)*$/);
  return processesOf(agent.worktree).length === 0;
}

describe('the contract of the command engine', () => {
  it('starts the program in the worktree with the prompt on standard input', async () => {
    const run = await agent.run(
      await shellAgent(agent, `pwd; cat > got.txt; ${answer('{"outcome":"done","summary":"ok"}')}`),
      'Grüße, 世界',
    );
    expect(run).toMatchObject({
      engine: 'command',
      result: { kind: 'maker', outcome: 'done', summary: 'ok', noop: false, question: null },
    });
    const got = await readFile(join(agent.worktree, 'got.txt'), 'utf8');
    expect(got).toContain('\nGrüße, 世界\n');
    expect(got).toBe(await agent.artifact('prompt.md'));
    expect(await agent.artifact('log')).toContain(agent.worktree);
  });

  it('gives it the documented environment, what the blueprint names, and nothing else of the worker', async () => {
    const yaml = await shellAgent(
      agent,
      'env > env.txt',
      'implementer',
      ', env: [MY_KEY], set: { MODE: fast }',
    );
    await agent.run(yaml);
    const lines = (await readFile(join(agent.worktree, 'env.txt'), 'utf8')).trim().split('\n');
    const given = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    for (const ofTheShell of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete given[ofTheShell];
    const exchange = join(agent.dataDir, 'exchange/shop/1/2/3/implementer-1');
    expect(given).toEqual({
      PATH: expect.any(String),
      HOME: agent.folder,
      LANG: 'C.UTF-8',
      PHASEWRIGHT_TASK_ID: 'project.shop.phase.1.task.2',
      PHASEWRIGHT_ROLE: 'implementer',
      PHASEWRIGHT_ATTEMPT: '3',
      PHASEWRIGHT_RESULT_FILE: join(exchange, 'result.json'),
      PHASEWRIGHT_INBOX_DIR: join(exchange, 'inbox'),
      PHASEWRIGHT_RUN_ID: expect.any(String),
      MY_KEY: 'given-key-0123',
      MODE: 'fast',
    });
  });

  it('gives it what the network needs, and keeps the password of a proxy out of the log and the result', async () => {
    const behind = await createAgentFixture({
      HTTPS_PROXY: 'http://ann:pw@proxy.example:3128',
      no_proxy: 'localhost',
      GIT_SSL_CAINFO: '/etc/ours.pem',
    });
    const run = await behind.run(
      await shellAgent(behind, 'echo "$HTTPS_PROXY, not for $no_proxy, as $GIT_SSL_CAINFO says"'),
    );
    const said = 'http://[HTTPS_PROXY]@proxy.example:3128, not for localhost, as /etc/ours.pem says';
    expect(run.result).toMatchObject({ summary: said });
    expect(await behind.artifact('log')).toContain(said);
    await behind.remove();
  });

  it('keeps secrets out of the log and the result, whoever prints them', async () => {
    const said = 'token canary-0123456789 key $MY_KEY';
    const prints = `echo "${said}"`;
    const answers = `echo "{\\"outcome\\":\\"done\\",\\"summary\\":\\"${said}\\"}" > "$PHASEWRIGHT_RESULT_FILE"`;
    for (const script of [prints, answers]) {
      const run = await agent.run(await shellAgent(agent, script, 'implementer', ', env: [MY_KEY]'));
      expect(run.result).toMatchObject({ summary: 'token [WORKER_SECRET_TOKEN] key [MY_KEY]' });
    }
    // Two runs that took equally long leave one result.
    const second = await agent.artifact('result.2.json').catch(() => '');
    for (const kept of [await agent.artifact('log'), await agent.artifact('result.json'), second])
      expect(kept).not.toMatch(/canary-|given-key/);
  });

  it('takes exit code 0 without a result file as done, with the last line as summary', async () => {
    const run = await agent.run(
      await shellAgent(agent, 'echo working; echo "Added the table."; echo noise >&2'),
    );
    expect(run.result).toEqual({
      kind: 'maker',
      outcome: 'done',
      summary: 'Added the table.',
      noop: false,
      question: null,
    });
  });

  it('takes any other exit code without a result file as a failure, with the end of the output', async () => {
    const run = await agent.run(await shellAgent(agent, 'echo "cannot compile" >&2; exit 4'));
    expect(run.result).toMatchObject({ kind: 'unusable', type: 'AgentFailed' });
    expect(run.result).toHaveProperty(
      'message',
      expect.stringMatching(
        /^The implementer \(command\) ended with exit code 4, without a result\. Its last output:\ncannot compile$/,
      ),
    );
  });

  it('lets a result file count, whatever the exit code', async () => {
    const run = await agent.run(
      await shellAgent(agent, `${answer('{"outcome":"failed","summary":"no idea"}')}; exit 1`),
    );
    expect(run.result).toMatchObject({ kind: 'maker', outcome: 'failed', summary: 'no idea' });
  });

  it('passes on what the agent says it used, a declared no-op and a question', async () => {
    const noop = await agent.run(
      await shellAgent(
        agent,
        answer(
          '{"outcome":"done","summary":"nothing to do","noop":true,"usage":{"input_tokens":5,"output_tokens":6}}',
        ),
      ),
    );
    expect(noop).toMatchObject({
      result: { noop: true },
      usage: { inputTokens: 5, outputTokens: 6, costUsd: null },
    });
    const blocked = await agent.run(
      await shellAgent(agent, answer('{"outcome":"blocked","summary":"stuck","question":"Which database?"}')),
    );
    expect(blocked.result).toMatchObject({ outcome: 'blocked', question: 'Which database?' });
  });

  it('says so when the program does not exist', async () => {
    const run = await agent.run('implementer: { engine: command, argv: [no-such-agent] }');
    expect(run.result).toMatchObject({
      kind: 'unusable',
      type: 'AgentFailed',
      message: expect.stringContaining("Could not start 'no-such-agent'"),
    });
  });

  it("adds the blueprint's words to the prompt, and says so in the log", async () => {
    await agent.run(
      await shellAgent(agent, 'cat > got.txt', 'implementer', ', prompt: Use tabs.'),
      'The task.\n',
    );
    expect(await readFile(join(agent.worktree, 'got.txt'), 'utf8')).toBe(
      `${(await agent.artifact('prompt.md')).trimEnd()}\n\nUse tabs.\n`,
    );
    expect(await agent.artifact('log')).toContain('Use tabs.');
  });
});

describe('an agent that', () => {
  it('exceeds its time is gone with all that it started, and the attempt timed out', async () => {
    const script = `trap '' TERM; echo $$ > pids; setsid sh -c 'trap "" TERM; echo $$ >> pids; sleep 300' & while :; do sleep 1; done`;
    const yaml = await shellAgent(agent, script);
    const run = await deadlineAfter(
      () => wrote('pids') && readFileSync(join(agent.worktree, 'pids'), 'utf8').split('\n').length === 3,
      (timeoutMs) => agent.run(yaml, 'Do it.', { timeoutMs }),
    );
    expect(run.result).toEqual({
      kind: 'timed_out',
      message: 'The implementer (command) did not finish within 10m1s and was ended.',
    });
    expect(await gone('pids')).toBe(true);
  });

  it("may take no longer than its blueprint's own limit", async () => {
    const run = await agent.run(
      await shellAgent(agent, 'sleep 300', 'implementer', ', limits: { timeout: 700ms }'),
    );
    expect(run.result).toMatchObject({ kind: 'timed_out', message: expect.stringContaining('within 700ms') });
  });

  it('is cancelled is gone, and heartbeats again and again until then', async () => {
    const environment = activityContext();
    let beats = 0;
    environment.on('heartbeat', () => (beats += 1));
    const yaml = await shellAgent(agent, "trap '' TERM; echo $$ > pids; while :; do sleep 1; done");
    const running = perform(agent.activities(agentsOf(yaml)).runAgent, agent.request('Do it.'), environment);
    const ended = expect(running).rejects.toThrow(CancelledFailure);
    await eventually('the agent at work, and three heartbeats', () => wrote('pids') && beats >= 3);
    environment.cancel();
    await ended;
    expect(await gone('pids')).toBe(true);
  });

  it('prints without end leaves a capped, marked log and a small result', async () => {
    const run = await agent.run(
      await shellAgent(
        agent,
        "head -c 50000000 /dev/zero | tr '\\0' 'x'; exit 1",
        'implementer',
        ', limits: { log_mib: 1 }',
      ),
    );
    expect(JSON.stringify(run).length).toBeLessThan(16 * 1024);
    const log = await agent.artifact('log');
    expect(log.length).toBeLessThan(1024 * 1024 + 1000);
    expect(log).toContain('[log cut here: it reached its limit of 1048576 bytes]');
  });

  it('forks into the background leaves nobody there', async () => {
    await agent.run(
      await shellAgent(
        agent,
        "setsid sh -c 'echo $$ >> pids; exec sleep 300' >/dev/null 2>&1 & sleep 0.3; exit 0",
      ),
    );
    expect(await gone('pids')).toBe(true);
  });

  it.each([
    ['invalid JSON', 'done!', 'InvalidAgentResult', /that is not JSON/],
    [
      'an unknown outcome',
      '{"outcome":"finished","summary":"x"}',
      'UnknownDecision',
      /the outcome 'finished'; this role's are done, blocked, failed/,
    ],
    [
      'an unknown field',
      '{"outcome":"done","summary":"x","confidence":1}',
      'InvalidAgentResult',
      /Unknown key 'confidence'/,
    ],
    ['no summary', '{"outcome":"done"}', 'InvalidAgentResult', /'summary' is missing/],
    [
      'a block without a question',
      '{"outcome":"blocked","summary":"x"}',
      'InvalidAgentResult',
      /'question' is missing/,
    ],
    [
      "a judge's answer",
      '{"decision":"accept","comments":[]}',
      'InvalidAgentResult',
      /Unknown key 'decision'/,
    ],
    ['a list', '[]', 'InvalidAgentResult', /must be a map/],
  ])('writes %s fails by name', async (_what, text, type, message) => {
    const { result } = await agent.run(await shellAgent(agent, answer(text)));
    expect(result).toMatchObject({ kind: 'unusable', type, message: expect.stringMatching(message) });
  });

  it.each([
    ['a link', 'ln -s /etc/passwd "$PHASEWRIGHT_RESULT_FILE"', /a symbolic link/],
    ['a folder', 'mkdir "$PHASEWRIGHT_RESULT_FILE"', /not a file/],
    ['a pipe', 'mkfifo "$PHASEWRIGHT_RESULT_FILE"', /not a file/],
    ['no text', 'printf "\\377\\376" > "$PHASEWRIGHT_RESULT_FILE"', /not UTF-8/],
    ['a huge file', 'head -c 300000 /dev/zero > "$PHASEWRIGHT_RESULT_FILE"', /300000 bytes/],
  ])('leaves %s as its result file fails by name', async (_what, script, message) => {
    const { result } = await agent.run(await shellAgent(agent, script));
    expect(result).toMatchObject({
      kind: 'unusable',
      type: 'InvalidAgentResult',
      message: expect.stringMatching(message),
    });
  });
});

describe('a judge', () => {
  const judge = async (script: string) =>
    (await agent.run(await shellAgent(agent, script, 'gatekeeper'), 'Judge.', { role: 'gatekeeper' })).result;

  it('accepts or rejects with comments', async () => {
    expect(await judge(answer('{"decision":"reject","comments":["No test.","Typo."]}'))).toEqual({
      kind: 'judge',
      decision: 'reject',
      comments: ['No test.', 'Typo.'],
    });
    expect(await judge(answer('{"decision":"accept"}'))).toEqual({
      kind: 'judge',
      decision: 'accept',
      comments: [],
    });
  });

  it('is never read from what it prints', async () => {
    expect(await judge(`echo '{"decision":"accept","comments":[]}'`)).toMatchObject({
      kind: 'unusable',
      type: 'InvalidAgentResult',
      message: expect.stringContaining('never read from what it prints'),
    });
  });

  it('has no third decision, and no rejection without a reason', async () => {
    expect(await judge(answer('{"decision":"approve","comments":[]}'))).toMatchObject({
      type: 'UnknownDecision',
      message: expect.stringContaining("'approve'"),
    });
    expect(await judge(answer('{"decision":"reject","comments":[" "]}'))).toMatchObject({
      type: 'InvalidAgentResult',
      message: expect.stringContaining('at least one comment'),
    });
  });

  it('keeps its files beside those of the implementer', async () => {
    await judge(answer('{"decision":"accept","comments":[]}'));
    expect(await agent.artifact('gatekeeper.prompt.md')).toContain('Your role is `gatekeeper`');
    expect(JSON.parse(await agent.artifact('gatekeeper.result.json'))).toMatchObject({
      turn: 1,
      result: { decision: 'accept' },
    });
    expect(await agent.artifacts.list('shop/1/2/3')).not.toContain('shop/1/2/3/result.json');
  });
});

describe('a breakdown', () => {
  it('answers with tasks, as they are', async () => {
    const { result } = await agent.run(
      await shellAgent(agent, answer('{"tasks":["One",{"title":"Two"}]}'), 'breakdown'),
      'Plan.',
      { role: 'breakdown' },
    );
    expect(result).toEqual({ kind: 'breakdown', tasks: ['One', { title: 'Two' }] });
  });
});

describe('the inbox', () => {
  const yaml = () =>
    shellAgent(
      agent,
      `touch waiting; while :; do for f in "$PHASEWRIGHT_INBOX_DIR"/*.md; do [ -f "$f" ] && cat "$f" > message.txt && mv "$f" "$PHASEWRIGHT_INBOX_DIR/read/" && exit 0; done; sleep 0.1; done`,
    );
  const turn = { key, role: 'implementer', turn: 1 } as const;
  const messages = [{ id: '../evil/id', from: 'Ann', text: 'Use PostgreSQL.' }];

  it('brings messages to a running agent, and tells which ones it took', async () => {
    const activities = agent.activities(agentsOf(await yaml()));
    const running = perform(activities.runAgent, agent.request('Do it.'));
    await eventually('the agent at work', () => wrote('waiting'));
    await perform(activities.deliverMessages, { ...turn, messages });
    expect((await running).read).toEqual(['../evil/id']);
    expect(await readFile(join(agent.worktree, 'message.txt'), 'utf8')).toBe(
      'From: Ann\n\nUse PostgreSQL.\n',
    );
  });

  it('holds each message once, numbered, under a harmless name, also when delivery is repeated', async () => {
    const { deliverMessages } = agent.activities(agentsOf(await yaml()));
    const more = [...messages, { id: 'b', from: 'Bob', text: 'Hurry.' }];
    await perform(deliverMessages, { ...turn, messages });
    await perform(deliverMessages, { ...turn, messages: more });
    await perform(deliverMessages, { ...turn, messages: more });
    expect((await readdir(join(agent.dataDir, 'exchange/shop/1/2/3/implementer-1/inbox'))).sort()).toEqual([
      '1--evil-id.md',
      '2-b.md',
    ]);
  });

  it('keeps what came before the agent started, and forgets an old result', async () => {
    const { deliverMessages } = agent.activities(agentsOf(await yaml()));
    await perform(deliverMessages, { ...turn, messages });
    await writeFile(
      join(agent.dataDir, 'exchange/shop/1/2/3/implementer-1/result.json'),
      '{"outcome":"done","summary":"stale"}',
    );
    const run = await agent.run(await yaml());
    expect(run.read).toEqual(['../evil/id']);
    expect(run.result).toMatchObject({ summary: expect.not.stringContaining('stale') });
  });
});

describe('slots', () => {
  it('let no more agents of a role run at once than the blueprint says; the clock starts with the slot', async () => {
    const yaml = await shellAgent(
      agent,
      'echo start >> order; while ! [ -e finish ]; do sleep 0.1; done; echo end >> order',
    );
    const { runAgent } = agent.activities(agentsOf(yaml));
    const request = agent.request('Do it.');
    const first = perform(runAgent, request);
    await eventually('the first one at work', () => wrote('order'));
    const second = perform(runAgent, request);
    // Time that must not count for the one that waits.
    await sleep(1_000);
    const finish = Date.now();
    await writeFile(join(agent.worktree, 'finish'), '');
    const runs = await Promise.all([first, second]);
    expect(runs[1].elapsedMs).toBeLessThanOrEqual(Date.now() - finish);
    expect(runs.map((run) => run.result.kind)).toEqual(['maker', 'maker']);
    expect(await readFile(join(agent.worktree, 'order'), 'utf8')).toBe('start\nend\nstart\nend\n');
  });

  it('are given up by a wait that is cancelled, which heartbeats what it waits for', async () => {
    const yaml = await shellAgent(agent, 'while ! [ -e finish ]; do sleep 0.1; done');
    const { runAgent } = agent.activities(agentsOf(yaml));
    const request = agent.request('Do it.');
    const first = perform(runAgent, request);
    const environment = activityContext();
    const beats: unknown[] = [];
    environment.on('heartbeat', (detail) => beats.push(detail));
    const waiting = perform(runAgent, request, environment);
    const ended = expect(waiting).rejects.toThrow(CancelledFailure);
    const doing = 'waiting for a slot (implementer, at most 1 on host-1)';
    await eventually('the wait', () =>
      beats.some((beat) => isDeepStrictEqual(beat, { role: 'implementer', doing })),
    );
    environment.cancel();
    await ended;
    await writeFile(join(agent.worktree, 'finish'), '');
    expect((await first).result.kind).toBe('maker');
    expect((await perform(runAgent, request)).result.kind).toBe('maker');
  });
});

describe('a request that cannot be met', () => {
  it('names the role that nobody plays and shows an agents.yaml', async () => {
    await expect(agent.run('gatekeeper: { engine: claude-code }')).rejects.toMatchObject({
      type: 'NoAgent',
      nonRetryable: true,
      message: expect.stringMatching(
        /role 'implementer' \(agents\.yaml; configured: gatekeeper\)[^]*engine: claude-code/,
      ),
    });
  });

  it('keeps what it was told beside the attempt, with its digest and the design in it, the same on every repeat', async () => {
    const yaml = await shellAgent(agent, 'cat > got.txt');
    const design = await agent.artifacts.write('shop/design-1.md', 'The table\nhas rows.\n');
    const project = { name: 'Shop', design };
    const { prompt } = await agent.run(yaml, 'Do it.', { project });
    const text = await agent.artifact('prompt.md');
    expect(prompt).toEqual({
      artifact: 'shop/1/2/3/prompt.md',
      digest: createHash('sha256').update(text).digest('hex'),
    });
    expect(text).toContain('<data from="design document">\nThe table\nhas rows.\n');
    expect(await readFile(join(agent.worktree, 'got.txt'), 'utf8')).toBe(text);
    expect((await agent.run(yaml, 'Do it.', { project })).prompt).toEqual(prompt);
  });

  it('does not run without the design that the prompt names', async () => {
    const yaml = await shellAgent(agent, 'touch ran');
    const project = { name: 'Shop', design: 'shop/design-none.md' };
    await expect(agent.run(yaml, 'Do it.', { project })).rejects.toMatchObject({
      message: expect.stringContaining("'shop/design-none.md' is not among the artifacts of this host"),
    });
    expect(await readdir(agent.worktree)).toEqual([]);
  });
});

describe('a retry after the worker died', () => {
  it('ends the agent that was left in the worktree, and starts it again there', async () => {
    const script =
      "[ -f first ] && exit 0; touch first; echo $$ > pids; trap '' TERM; while :; do sleep 1; done";
    const yaml = await shellAgent(agent, script);
    // A second set of activities is another worker, as far as slots go; the first one never ends its agent.
    const losing = perform(agent.activities(agentsOf(yaml)).runAgent, agent.request('Do it.'));
    await eventually('the agent at work', () => wrote('pids'));
    const run = await agent.run(yaml);
    expect(run.result.kind).toBe('maker');
    expect(await gone('pids')).toBe(true);
    expect((await losing).result).toMatchObject({ kind: 'unusable', type: 'AgentFailed' });
  });
});
