import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFlow } from '../../../domain/flow/parse.schema.ts';
import { problemLine } from '../../../domain/yaml/problem.ts';
import { anyName } from '../../support/hostile-names.ts';

const shipped = (name: string): string =>
  readFileSync(new URL(`../../../flows/${name}.yaml`, import.meta.url), 'utf8');
const withoutComments = (text: string): string => text.replace(/^ *#.*\n/gm, '');
const standalone = withoutComments(shipped('default'));
const project = withoutComments(shipped('project'));

function flowOf(text: string, fileName = 'flow.yaml') {
  const parsed = parseFlow(text, fileName);
  if ('problems' in parsed) throw new Error(parsed.problems.map(problemLine).join('\n'));
  return parsed.flow;
}
function problemsOf(text: string, expected?: 'phase' | 'standalone'): readonly string[] {
  const parsed = parseFlow(text, 'flow.yaml', expected);
  return 'problems' in parsed ? parsed.problems.map(problemLine) : [];
}
const unasked = (text: string): readonly string[] => {
  const parsed = parseFlow(text, 'flow.yaml', undefined, { mustAsk: true });
  return 'problems' in parsed ? parsed.problems.map(problemLine) : [];
};
/** The one problem that `text` has after the edit. */
function problemAfter(text: string, edit: readonly [string, string]): string {
  expect(text).toContain(edit[0]);
  const problems = problemsOf(text.replace(edit[0], edit[1]));
  expect(problems).toHaveLength(1);
  return problems[0] ?? '';
}

describe('the shipped flow of a standalone task', () => {
  it('goes incoming → provisional → done, and opens exactly one pull request', () => {
    const flow = flowOf(standalone);
    expect(flow).toMatchObject({ start: 'incoming', childFlow: null });
    expect(flow.states['incoming']).toEqual({
      work: { kind: 'role', role: 'implementer' },
      on: {
        done: { to: 'provisional', runs: ['commit_changes', 'run_checks'], else: 'incoming' },
        blocked: { to: 'blocked', runs: [], else: null },
        failed: { to: 'incoming', runs: [], else: null },
      },
    });
    expect(flow.states['provisional']).toEqual({
      work: { kind: 'role', role: 'gatekeeper' },
      on: {
        accept: {
          to: 'done',
          runs: ['push_branch', 'open_pull_request', 'human_approval', 'merge_pull_request'],
          else: 'incoming',
        },
        reject: { to: 'incoming', runs: [], else: null },
      },
    });
    expect(flow.states['blocked']).toEqual({
      work: { kind: 'answer' },
      on: { answered: { to: 'incoming', runs: [], else: null } },
    });
    expect([flow.states['done'], flow.states['failed']]).toEqual([
      { work: { kind: 'final' }, on: {} },
      { work: { kind: 'final' }, on: {} },
    ]);
  });
});

describe('the shipped flow of a phase', () => {
  it('runs its tasks, rebases, checks, opens the pull request, asks and merges; a no becomes a revision', () => {
    const flow = flowOf(project);
    const completed = {
      to: 'completed',
      runs: [
        'rebase_on_project_branch',
        'run_checks',
        'open_pull_request',
        'human_approval',
        'merge_pull_request',
      ],
      else: 'changes_requested',
    };
    const failed = { to: 'failed', runs: [], else: null };
    expect(flow.start).toBe('running');
    expect(flow.states).toEqual({
      running: { work: { kind: 'tasks' }, on: { completed, failed } },
      changes_requested: { work: { kind: 'revision' }, on: { completed, failed } },
      completed: { work: { kind: 'final' }, on: {} },
      failed: { work: { kind: 'final' }, on: {} },
    });
  });

  it('lands each accepted task on the phase branch and opens nothing for it', () => {
    const child = flowOf(project).childFlow;
    expect(child?.states['provisional']?.on['accept']).toEqual({
      to: 'done',
      runs: ['land_on_phase_branch'],
      else: 'incoming',
    });
    const { provisional: _, ...others } = child?.states ?? {};
    const { provisional: __, ...standaloneOthers } = flowOf(standalone).states;
    expect(others).toEqual(standaloneOthers);
  });

  it('says the same with its comments', () => {
    expect([flowOf(shipped('default')), flowOf(shipped('project'))]).toEqual([
      flowOf(standalone),
      flowOf(project),
    ]);
  });

  it('is plain data, as history keeps it', () => {
    expect(JSON.parse(JSON.stringify(flowOf(project)))).toEqual(flowOf(project));
  });
});

describe('a flow with a mistake is refused with file, line and column', () => {
  it.each([
    [
      'an unknown key',
      ['final: true', 'finale: true'],
      /flow\.yaml:\d+:\d+: states\.done\.finale: Unknown key 'finale'\. Did you mean 'final'\?/,
    ],
    [
      'an unknown step',
      ['run_checks]', 'run_check]'],
      /states\.incoming\.on\.done\.runs\[1\]: There is no step 'run_check'.*Did you mean 'run_checks'\?/,
    ],
    [
      'an unknown role',
      ['role: gatekeeper', 'role: gatekeper'],
      /'gatekeper' is not a role.*Did you mean 'gatekeeper'\?/,
    ],
    [
      'the breakdown role in a state',
      ['role: implementer', 'role: breakdown'],
      /works through the step `break_down`/,
    ],
    [
      'an unknown target',
      ['blocked: blocked', 'blocked: blockt'],
      /There is no state 'blockt'.*Did you mean 'blocked'\?/,
    ],
    ['an unknown start', ['start: incoming', 'start: incomming'], /start: There is no state 'incomming'/],
    ['a final start', ['start: incoming', 'start: done'], /nothing would be done/],
    [
      'an unknown state name',
      ['  failed:\n    final', '  broken:\n    final: true\n  failed:\n    final'],
      /'broken' is not a status of a task/,
    ],
    [
      'a decision of another role',
      ['reject: incoming', 'refuse: incoming\n      reject: incoming'],
      /'refuse' is not a decision of the role gatekeeper: accept, reject/,
    ],
    [
      'a decision that nothing follows',
      ['      reject: incoming\n', ''],
      /doesn't say what follows 'reject'/,
    ],
    [
      'a step in the wrong flow',
      ['push_branch, open', 'push_branch, land_on_phase_branch, open'],
      /cannot be used in the flow of a standalone task; it belongs to the flow of a phase's tasks/,
    ],
    [
      'a step that can say no without else',
      [', else: incoming }', ' }'],
      /commit_changes can say no; add `else`/,
    ],
    ['a success after a no', [', else: incoming }', ', else: done }'], /cannot end in 'done'/],
    [
      'done without landing',
      [
        'runs: [push_branch, open_pull_request, human_approval, merge_pull_request]',
        'runs: [human_approval]',
      ],
      /must run push_branch/,
    ],
    [
      'a final state that goes on',
      ['final: true', 'final: true\n    on: { done: incoming }'],
      /'done' is final; nothing comes after it/,
    ],
    [
      'a state that must be final',
      ['  failed:\n    final: true', '  failed:\n    work: answer\n    on: { answered: incoming }'],
      /'failed' must be final/,
    ],
    ['a missing final state', ['  failed:\n    final: true\n', ''], /The final state 'failed' is missing/],
    [
      'two kinds of work',
      ['work: answer', 'work: answer\n    role: tester'],
      /exactly one of.*role and work/,
    ],
    [
      'work of a phase',
      ['work: answer', 'work: tasks'],
      /`tasks` and `revision` belong to the flow of a phase/,
    ],
    [
      'a state nobody can leave',
      ['work: answer\n    on:\n      answered: incoming', 'work: answer'],
      /Nobody can leave 'blocked'/,
    ],
    [
      'a state that nothing leads to',
      ['blocked: blocked', 'blocked: incoming'],
      /No way from 'incoming' leads to 'blocked'/,
    ],
    [
      'a loop without an end',
      ['      accept:\n        to: done', '      accept:\n        to: incoming'],
      /No way from 'incoming' leads to 'done'/,
    ],
  ] as const)('%s', (_, edit, said) => {
    expect(standalone).toContain(edit[0]);
    const problems = problemsOf(standalone.replace(edit[0], edit[1]));
    expect(problems.join('\n')).toMatch(said);
    for (const problem of problems) expect(problem).toMatch(/^flow\.yaml:[1-9]\d*:[1-9]\d*: /);
  });

  it('points at the very word', () => {
    const [step] = problemsOf(standalone.replace('run_checks]', 'run_check]'));
    const lines = standalone.replace('run_checks]', 'run_check]').split('\n');
    const line = lines.findIndex((text) => text.includes('run_check]'));
    expect(step).toMatch(
      new RegExp(`^flow\\.yaml:${line + 1}:${(lines[line] ?? '').indexOf('run_check]') + 1}: `),
    );
  });

  it('a flow of a phase whose states have roles, or whose tasks have tasks', () => {
    expect(problemAfter(project, ['work: revision', 'role: implementer'])).toContain('belong to its tasks');
    expect(problemAfter(project, ['role: gatekeeper\n', 'work: tasks\n'])).toContain(
      'belong to the flow of a phase',
    );
  });

  it('the other kind of flow than wanted', () => {
    expect(problemsOf(standalone, 'phase').join('\n')).toContain('needs `child_flow`');
    expect(problemsOf(project, 'standalone').join('\n')).toContain('has no `child_flow`');
  });

  it('a state that leads everywhere but to the end', () => {
    const trap = standalone
      .replace('blocked: blocked', 'blocked: claimed')
      .replace('  blocked:\n', '  claimed:\n')
      .replace('answered: incoming', 'answered: claimed');
    expect(problemsOf(trap)).toEqual([expect.stringContaining("Nobody can get from 'claimed' to 'done'")]);
  });

  it('everything at once, in the order of the file', () => {
    const broken = standalone
      .replace('role: gatekeeper', 'role: gatekeper')
      .replace('run_checks]', 'run_check]')
      .replace('blocked: blocked', 'blocked: blockt')
      .replace('name:', 'nam:');
    const problems = problemsOf(broken);
    expect(problems).toHaveLength(4);
    const lines = problems.map((problem) => Number(problem.split(':')[1]));
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  it('never breaks on any text, nor on any name in any place', () => {
    fc.assert(
      fc.property(
        anyName,
        fc.constantFrom('incoming', 'run_checks', 'gatekeeper', 'accept', 'done', 'name'),
        (name, place) => {
          for (const text of [name, standalone.replaceAll(place, JSON.stringify(name))]) {
            const parsed = parseFlow(text, 'flow.yaml');
            expect('flow' in parsed || parsed.problems.length > 0).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a flow that must ask people', () => {
  it('is content with the shipped ones, and with a task that merges nothing', () => {
    expect([standalone, project].flatMap(unasked)).toEqual([]);
    expect(unasked(standalone.replace(', human_approval, merge_pull_request', ''))).toEqual([]);
  });

  it('is told where it merges first without ever asking', () => {
    expect(unasked(standalone.replace('human_approval, ', ''))).toEqual([
      expect.stringMatching(/states\.provisional\.on\.accept\.runs\[2\]: The project requires approval/),
    ]);
    expect(unasked(project.replaceAll('human_approval, ', ''))).toHaveLength(1);
    expect(problemsOf(project.replaceAll('human_approval, ', ''))).toEqual([]);
  });
});
