/**
 * What must hold inside a flow beyond its keys. The rules read the raw YAML and skip what has the wrong type (the schema
 * reports that), so that one look finds everything.
 */
import { graphFindings } from './graph.ts';
import { isRaw, places, type Raw, transitionsOf, unknownState } from './places.ts';
import { transitionFindings } from './transitions.ts';
import { didYouMean, type Finding, type ProblemPath } from '../yaml/problem.ts';
import type { Role } from '../model/project.ts';
import { decisionsOf, stateRoles } from '../model/role.ts';
import type { FlowPlace } from './steps.ts';

const workDecisions: Readonly<Record<string, readonly string[]>> = {
  tasks: ['completed', 'failed'],
  revision: ['completed', 'failed'],
  answer: ['answered'],
};

export function flowFindings(flow: unknown, place: FlowPlace, at: ProblemPath): readonly Finding[] {
  if (!isRaw(flow) || !isRaw(flow['states'])) return [];
  const states = flow['states'];
  const names = Object.keys(states);
  const own = [
    ...startFindings(flow['start'], states, at),
    ...finalFindings(states, place, at),
    ...names.flatMap((name) => stateFindings(name, states, place, [...at, 'states', name])),
  ];
  // Who can reach whom only means something once every name in the flow does.
  return own.length > 0 ? own : graphFindings(String(flow['start']), states, place, at);
}

function startFindings(start: unknown, states: Raw, at: ProblemPath): readonly Finding[] {
  if (typeof start !== 'string') return [];
  const state = states[start];
  if (!Object.hasOwn(states, start))
    return [{ path: [...at, 'start'], message: unknownState(start, states) }];
  return isRaw(state) && state['final'] === true
    ? [
        {
          path: [...at, 'start'],
          message: `The flow starts in '${start}', which is final; nothing would be done.`,
        },
      ]
    : [];
}

function finalFindings(states: Raw, place: FlowPlace, at: ProblemPath): readonly Finding[] {
  return [places[place].success, 'failed'].flatMap((name): readonly Finding[] =>
    Object.hasOwn(states, name)
      ? []
      : [
          {
            path: [...at, 'states'],
            onKey: true,
            message: `The final state '${name}' is missing; add \`${name}: { final: true }\`.`,
          },
        ],
  );
}

function stateFindings(name: string, states: Raw, place: FlowPlace, path: ProblemPath): readonly Finding[] {
  const { statuses, what, finals } = places[place];
  const state = states[name];
  const known: readonly string[] = statuses;
  const unknown: readonly Finding[] = known.includes(name)
    ? []
    : [
        {
          path,
          onKey: true,
          message: `'${name}' is not a status of a ${what}: ${known.join(', ')}.${didYouMean(name, known)}`,
        },
      ];
  if (!isRaw(state)) return unknown;
  const isFinal = state['final'] === true;
  const mayBeFinal: readonly string[] = finals;
  const misplaced: readonly Finding[] =
    unknown.length > 0 || isFinal === mayBeFinal.includes(name)
      ? []
      : [
          {
            path,
            onKey: true,
            message: isFinal
              ? `'${name}' cannot be final: final states are ${mayBeFinal.join(', ')}.`
              : `'${name}' must be final: write \`${name}: { final: true }\`.`,
          },
        ];
  const work = workFindings(state, place, path);
  return [
    ...unknown,
    ...misplaced,
    ...work,
    // Which decisions there are depends on the work.
    ...(work.length > 0 ? [] : decisionFindings(name, state, path)),
    ...transitionsOf(state).flatMap(([decision, transition]) =>
      transitionFindings(transition, states, place, [...path, 'on', decision]),
    ),
  ];
}

function workFindings(state: Raw, place: FlowPlace, path: ProblemPath): readonly Finding[] {
  const given = ['role', 'work', 'final'].filter((key) => state[key] !== undefined);
  if (given.length !== 1) {
    return [
      {
        path,
        onKey: true,
        message: `A state has exactly one of \`role\`, \`work\` and \`final: true\`; this one has ${given.length === 0 ? 'none' : given.join(' and ')}.`,
      },
    ];
  }
  const { role, work } = state;
  const known: readonly string[] = stateRoles;
  if (typeof role === 'string' && !known.includes(role)) {
    const instead =
      role === 'breakdown'
        ? ' The breakdown role works through the step `break_down`.'
        : didYouMean(role, known);
    return [
      {
        path: [...path, 'role'],
        message: `'${role}' is not a role of a flow: ${known.join(', ')}.${instead}`,
      },
    ];
  }
  const wrong =
    place === 'phase' ? work === 'answer' || role !== undefined : work === 'tasks' || work === 'revision';
  if (!wrong) return [];
  return [
    place === 'phase'
      ? {
          path: [...path, role === undefined ? 'work' : 'role'],
          message:
            "A phase's state works with `work: tasks` or `work: revision`; roles and answers belong to its tasks, under `child_flow`.",
        }
      : {
          path: [...path, 'work'],
          message:
            "A task's state works with a `role` or `work: answer`; `tasks` and `revision` belong to the flow of a phase.",
        },
  ];
}

/** The decisions that end this state's work; undefined if that isn't known. */
function expectedDecisions(state: Raw): readonly string[] | undefined {
  const { role, work } = state;
  const known: readonly string[] = stateRoles;
  if (typeof role === 'string') return known.includes(role) ? decisionsOf(role as Role) : undefined;
  return typeof work === 'string' ? workDecisions[work] : undefined;
}

function decisionFindings(name: string, state: Raw, path: ProblemPath): readonly Finding[] {
  const { on, role, work } = state;
  const given = isRaw(on) ? Object.keys(on) : [];
  if (state['final'] === true) {
    return on === undefined
      ? []
      : [{ path: [...path, 'on'], onKey: true, message: `'${name}' is final; nothing comes after it.` }];
  }
  const expected = expectedDecisions(state);
  if (expected === undefined || (on !== undefined && !isRaw(on))) return [];
  if (given.length === 0)
    return [
      {
        path,
        onKey: true,
        message: `Nobody can leave '${name}': say under \`on\` what follows ${expected.join(', ')}.`,
      },
    ];
  const who = typeof role === 'string' ? `the role ${role}` : `\`work: ${String(work)}\``;
  const missing = expected.filter((decision) => !given.includes(decision));
  return [
    ...given
      .filter((decision) => !expected.includes(decision))
      .map(
        (decision): Finding => ({
          path: [...path, 'on', decision],
          onKey: true,
          message: `'${decision}' is not a decision of ${who}: ${expected.join(', ')}.${didYouMean(decision, expected)}`,
        }),
      ),
    ...missing.map(
      (decision): Finding => ({
        path: [...path, 'on'],
        onKey: true,
        message: `'${name}' doesn't say what follows '${decision}', which ${who} can end with.`,
      }),
    ),
  ];
}
