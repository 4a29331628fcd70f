/** Rules for the ways from state to state: where they lead, which steps run, what happens when one says no. */
import { isRaw, places, type Raw, unknownState } from './places.ts';
import { didYouMean, type Finding, type ProblemPath } from '../yaml/problem.ts';
import { canSayNo, type FlowPlace, isStep, stepAllowedIn, stepNames, steps } from './steps.ts';

export function transitionFindings(
  transition: unknown,
  states: Raw,
  place: FlowPlace,
  path: ProblemPath,
): readonly Finding[] {
  const full = isRaw(transition) ? transition : undefined;
  const to = full === undefined ? transition : full['to'];
  const { else: otherwise, runs } = full ?? {};
  const { success, lands } = places[place];
  const names = Array.isArray(runs) ? (runs as readonly unknown[]) : [];
  const known = names.filter((name): name is string => typeof name === 'string');
  const findings: Finding[] = [];
  for (const [target, key] of [
    [to, 'to'],
    [otherwise, 'else'],
  ] as const) {
    if (typeof target === 'string' && !Object.hasOwn(states, target)) {
      findings.push({
        path: full === undefined ? path : [...path, key],
        message: unknownState(target, states),
      });
    }
  }
  names.forEach((name, index) => {
    if (typeof name === 'string') findings.push(...stepFindings(name, place, [...path, 'runs', index]));
  });
  const refusing = known.find((name) => isStep(name) && canSayNo(name));
  if (refusing !== undefined && otherwise === undefined) {
    findings.push({
      path: [...path, 'runs'],
      onKey: true,
      message: `The step ${refusing} can say no; add \`else\` with the state that follows then.`,
    });
  }
  if (otherwise === success) {
    findings.push({ path: [...path, 'else'], message: `A step that said no cannot end in '${success}'.` });
  }
  if (to === success && !known.includes(lands)) {
    findings.push({
      path: full === undefined ? path : [...path, 'to'],
      message: `The way to '${success}' must run ${lands}; otherwise work would be called ${success} that never arrived.`,
    });
  }
  return findings;
}

function stepFindings(name: string, place: FlowPlace, path: ProblemPath): readonly Finding[] {
  if (!isStep(name))
    return [
      {
        path,
        message: `There is no step '${name}'. Steps: ${stepNames.join(', ')}.${didYouMean(name, stepNames)}`,
      },
    ];
  if (stepAllowedIn(name, place)) return [];
  return [
    {
      path,
      message: `The step ${name} cannot be used in ${placeText[place]}; it belongs to ${steps[name].places.map((other) => placeText[other]).join(' or ')}.`,
    },
  ];
}

const placeText = {
  phase: 'the flow of a phase',
  task: "the flow of a phase's tasks (`child_flow`)",
  standalone: 'the flow of a standalone task',
} as const;
