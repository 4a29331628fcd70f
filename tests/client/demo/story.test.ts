import { expect, it } from '@jest/globals';
import { answerTo, commandLine, REJECTED_GATE, REJECTION } from '../../../client/cli/demo/person.ts';
import { type Seen, tell } from '../../../client/cli/demo/story.ts';
import type { Gate } from '../../../domain/approval/gate.ts';
import type { PhaseView, TaskView } from '../../../domain/views/status.ts';

const task = (more: Partial<TaskView> = {}): TaskView => ({
  number: 1,
  title: 'Add a table',
  status: 'incoming',
  reason: null,
  detail: 'not started',
  attempts: 0,
  commit: null,
  ...more,
});
const phase = (more: Partial<PhaseView> = {}): PhaseView => ({
  number: 1,
  name: 'Data',
  status: 'pending',
  reason: null,
  detail: 'not started',
  branch: 'project/x/phase/1/data',
  pullRequest: null,
  headSha: null,
  gate: null,
  tasks: [task()],
  ...more,
});
const project = (more: Partial<Seen> = {}): Seen => ({
  name: 'X',
  lifecycle: 'implementing',
  condition: 'running',
  waitingFor: null,
  phases: [phase()],
  pullRequest: null,
  gate: null,
  advances: [],
  ...more,
});
const gate = (id: string): Gate => ({
  id,
  question: 'Merge?',
  headSha: 'a'.repeat(40),
  baseSha: null,
  checks: [{ command: 'node --test', passed: true, exitCode: 0, elapsedMs: 5 }],
  approvers: [],
  openedAt: 0,
  remindAt: 1,
  expireAt: 2,
});
const texts = (before: Seen | null, now: Seen) => tell(before, now).map(({ text }) => text);

it('tells nothing when nothing changed', () => {
  const seen = project({
    phases: [phase({ status: 'running', tasks: [task({ status: 'claimed', attempts: 1 })] })],
  });

  expect(tell(seen, seen)).toEqual([]);
});

it('tells a phase that starts, with its branch, and what its task does', () => {
  const now = project({
    phases: [
      phase({
        status: 'running',
        tasks: [task({ status: 'claimed', attempts: 1, detail: 'attempt 1: the implementer works' })],
      }),
    ],
  });

  expect(texts(project(), now)).toEqual([
    "Phase 1 'Data' runs on project/x/phase/1/data",
    "Task 1.1 'Add a table': claimed, attempt 1: the implementer works",
  ]);
});

it('tells everything that happened between two looks, and points to the rejected attempt', () => {
  const claimed = (attempts: number) =>
    project({
      phases: [phase({ status: 'running', tasks: [task({ status: 'claimed', attempts, detail: 'works' })] })],
    });

  const lines = tell(claimed(1), claimed(2));

  expect(lines).toEqual([
    { text: "Task 1.1 'Add a table': claimed, works", retried: { phase: 1, task: 1, attempt: 2 } },
  ]);
});

it('points to the rejected attempt even if the first one was never seen', () => {
  const now = project({
    phases: [
      phase({
        status: 'running',
        tasks: [task({ status: 'done', attempts: 2, detail: 'done: landed abc' })],
      }),
    ],
  });

  expect(tell(project(), now).at(-1)).toEqual({
    text: "Task 1.1 'Add a table': done: landed abc",
    retried: { phase: 1, task: 1, attempt: 2 },
  });
});

it('tells a revision task as new, and a gate with its checks', () => {
  const before = project({ phases: [phase({ status: 'running' })] });
  const now = project({
    phases: [
      phase({
        status: 'awaiting_approval',
        detail: 'awaits approval',
        gate: gate('phase-1.2'),
        tasks: [task(), task({ number: 2, title: 'Mend' })],
      }),
    ],
  });

  expect(texts(before, now)).toEqual([
    "Task 1.2 'Mend' is new: what was asked for becomes a task",
    "Phase 1 'Data' is awaiting_approval: awaits approval",
    'Gate phase-1.2: Merge? (passed: node --test)',
  ]);
});

it('tells where the pull request is and that it was merged', () => {
  const at = (state: 'open' | 'merged') =>
    project({ phases: [phase({ pullRequest: { number: 3, url: 'file:///3.md', state } })] });

  expect(texts(at('open'), at('merged'))).toEqual([
    "Phase 1 'Data': pull request #3 is merged, file:///3.md",
  ]);
  expect(texts(at('merged'), at('merged'))).toEqual([]);
});

it('tells an advance after the phase that ended', () => {
  const advance = {
    stage: 'next_phase_started' as const,
    success: true,
    message: 'On it goes.',
    phaseCompleted: {
      number: 1,
      name: 'Data',
      status: 'completed' as const,
      reason: null,
      pullRequest: 1,
      tasks: [],
    },
    nextPhase: { number: 2, name: 'Page' },
  };
  const before = project({ phases: [phase({ status: 'running' }), phase({ number: 2, name: 'Page' })] });
  const now = project({
    phases: [
      phase({ status: 'completed', detail: 'merged' }),
      phase({ number: 2, name: 'Page', status: 'running' }),
    ],
    advances: [advance],
  });

  expect(texts(before, now)).toEqual([
    "Phase 1 'Data' is completed: merged",
    'Advance: next_phase_started. On it goes.',
    "Phase 2 'Page' runs on project/x/phase/1/data",
  ]);
});

it('tells why a project stopped', () => {
  expect(texts(project(), project({ condition: 'failed', waitingFor: 'a retry: no luck' }))).toEqual([
    'The project stopped: a retry: no luck',
  ]);
});

const asks = (id: string, ofPhase: number | null) => ({
  slug: 'x',
  phases: [{ number: 1, gate: null }, ...(ofPhase === null ? [] : [{ number: ofPhase, gate: gate(id) }])],
  gate: ofPhase === null ? gate(id) : null,
});

it('the person of the demo rejects one gate with a reason and approves the others, each once', () => {
  expect(answerTo(asks(REJECTED_GATE, 2), new Set())).toEqual({
    gateId: REJECTED_GATE,
    action: 'reject',
    args: ['reject', 'x', '--phase', '2', '--comment', REJECTION],
  });
  expect(answerTo(asks('phase-2.2', 2), new Set())?.action).toBe('approve');
  expect(answerTo(asks('project.1', null), new Set())?.args).not.toContain('--phase');
  expect(answerTo(asks('phase-2.2', 2), new Set(['phase-2.2']))).toBeUndefined();
  expect(answerTo({ slug: 'x', phases: [], gate: null }, new Set())).toBeUndefined();
});

it('a command line can be pasted into a shell', () => {
  expect(commandLine(['reject', 'x', '--comment', "it's $HOME"])).toBe(
    `phasewright reject x --comment 'it'\\''s $HOME'`,
  );
});
