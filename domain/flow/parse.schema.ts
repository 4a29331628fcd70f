/** Reads a flow file: keys by schema, everything else by the rules of flows, every problem with its place. */
import { z } from 'zod';
import type { Flow, FlowDefinition, FlowState, StateWork, Transition } from './flow.ts';
import { gateFindings } from './gates.ts';
import { isRaw } from './places.ts';
import { flowFindings } from './rules.ts';
import { strict, toFindings } from '../yaml/issues.schema.ts';
import type { Finding, Problem } from '../yaml/problem.ts';
import type { Role } from '../model/project.ts';
import type { FlowPlace } from './steps.ts';
import { readYaml } from '../yaml/source.schema.ts';

const name = (what: string) =>
  z.string({ error: (issue) => `${what} ${issue.input === undefined ? 'is missing' : 'must be text'}.` });

const transition = z.union(
  [
    z.string(),
    strict({
      to: name('The next state (`to`)'),
      runs: z.array(name('A step'), { error: '`runs` is a list of steps.' }).default([]),
      else: name('The other state (`else`)').optional(),
    }),
  ],
  { error: 'Write the next state, or a map with `to`, `runs` and `else`.' },
);

const state = strict({
  role: name('The role').optional(),
  work: z
    .enum(['tasks', 'revision', 'answer'], { error: 'The work is tasks, revision or answer.' })
    .optional(),
  final: z.literal(true, { error: 'Write `final: true`, or leave it out.' }).optional(),
  on: z
    .record(z.string(), transition, { error: '`on` is a map from decisions to what follows.' })
    .default({}),
});

const definition = {
  name: name('The name of the flow').default(''),
  start: name('The start state'),
  states: z.record(z.string(), state, { error: '`states` is a map from names to states.' }),
};
const flowSchema = strict({ ...definition, child_flow: strict(definition).optional() });

type DefinitionKeys = Omit<z.output<typeof flowSchema>, 'child_flow'>;

/**
 * A file with `child_flow` is the flow of a phase, one without is that of a standalone task. `expected` says which of the
 * two is wanted. `mustAsk`: a flow that merges without asking people has a problem.
 */
export function parseFlow(
  text: string,
  fileName: string,
  expected?: 'phase' | 'standalone',
  { mustAsk = false }: { readonly mustAsk?: boolean } = {},
): { readonly flow: Flow } | { readonly problems: readonly Problem[] } {
  const read = readYaml(text, fileName);
  if ('problems' in read) return read;
  const { value, locate } = read.source;
  const child = isRaw(value) ? value['child_flow'] : undefined;
  const place: FlowPlace = expected ?? (child === undefined ? 'standalone' : 'phase');
  const parsed = flowSchema.safeParse(value);
  const findings: readonly Finding[] = [
    ...(parsed.success ? [] : toFindings(parsed.error.issues)),
    ...childFindings(value, place),
    ...flowFindings(value, place, []),
    ...flowFindings(child, 'task', ['child_flow']),
    ...(mustAsk ? gateFindings(value) : []),
  ];
  if (!parsed.success || findings.length > 0) {
    const problems = findings.map(locate);
    return {
      problems: problems.toSorted(
        (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
      ),
    };
  }
  const { child_flow: childFlow, ...own } = parsed.data;
  return {
    flow: {
      ...toDefinition(own, fileName),
      childFlow: childFlow === undefined ? null : toDefinition(childFlow, fileName),
    },
  };
}

function childFindings(value: unknown, place: FlowPlace): readonly Finding[] {
  if (!isRaw(value)) return [];
  const has = value['child_flow'] !== undefined;
  if (place === 'phase' && !has) {
    return [{ path: [], message: 'The flow of a phase needs `child_flow`, the flow of its tasks.' }];
  }
  return place === 'standalone' && has
    ? [{ path: ['child_flow'], onKey: true, message: 'The flow of a standalone task has no `child_flow`.' }]
    : [];
}

function toDefinition(keys: DefinitionKeys, fileName: string): FlowDefinition {
  const states = Object.entries(keys.states).map(
    ([state, { on, role, work }]): readonly [string, FlowState] => [
      state,
      {
        work: toWork(role, work),
        on: Object.fromEntries(Object.entries(on).map(([decision, next]) => [decision, toTransition(next)])),
      },
    ],
  );
  return {
    name: keys.name === '' ? fileName : keys.name,
    start: keys.start,
    states: Object.fromEntries(states),
  };
}

function toWork(role: string | undefined, work: 'tasks' | 'revision' | 'answer' | undefined): StateWork {
  // The rules checked that it is a role.
  if (role !== undefined) return { kind: 'role', role: role as Role };
  return work === undefined ? { kind: 'final' } : { kind: work };
}

const toTransition = (next: z.output<typeof transition>): Transition =>
  typeof next === 'string'
    ? { to: next, runs: [], else: null }
    : { to: next.to, runs: next.runs, else: next.else ?? null };
