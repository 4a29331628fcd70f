/** Rules for a flow as a whole: every state can be reached, and from every state the work can still end well. */
import { isRaw, places, type Raw, transitionsOf } from './places.ts';
import type { Finding, ProblemPath } from '../yaml/problem.ts';
import type { FlowPlace } from './steps.ts';

/** Entered by the orchestrator itself: when attempts are used up, when a person skips or cancels. */
const enteredFromOutside: readonly string[] = ['failed', 'skipped', 'cancelled'];

interface Edge {
  readonly from: string;
  readonly to: string;
}

export function graphFindings(
  start: string,
  states: Raw,
  place: FlowPlace,
  at: ProblemPath,
): readonly Finding[] {
  const edges = Object.keys(states).flatMap((name) => edgesOf(name, states));
  const follow = (
    from: readonly string[],
    next: (edge: Edge) => readonly [string, string],
  ): ReadonlySet<string> => {
    const seen = new Set(from);
    for (const name of seen) for (const edge of edges) if (next(edge)[0] === name) seen.add(next(edge)[1]);
    return seen;
  };
  const reached = follow([start], ({ from, to }) => [from, to]);
  const ends = follow([places[place].success], ({ from, to }) => [to, from]);
  return Object.keys(states).flatMap((name): readonly Finding[] => {
    const path = [...at, 'states', name];
    const state = states[name];
    const final = isRaw(state) && state['final'] === true;
    if (!reached.has(name)) {
      return final && enteredFromOutside.includes(name)
        ? []
        : [
            {
              path,
              onKey: true,
              message: `No way from '${start}' leads to '${name}'; remove it or name it in a transition.`,
            },
          ];
    }
    // If nothing leads to the end, that is said once, of the end.
    if (final || ends.has(name) || !reached.has(places[place].success)) return [];
    return [
      {
        path,
        onKey: true,
        message: `Nobody can get from '${name}' to '${places[place].success}'; give it a transition that leads there.`,
      },
    ];
  });
}

function edgesOf(from: string, states: Raw): readonly Edge[] {
  return transitionsOf(states[from]).flatMap(([, transition]): readonly Edge[] => {
    const targets = isRaw(transition) ? [transition['to'], transition['else']] : [transition];
    return targets.flatMap((to) => (typeof to === 'string' ? [{ from, to }] : []));
  });
}
