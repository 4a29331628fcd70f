/** Whether a flow asks people before it merges. Reads the raw YAML, as the other rules do. */
import type { Finding } from '../yaml/problem.ts';
import { isRaw, transitionsOf } from './places.ts';
import type { Step } from './steps.ts';

/** Where a flow that never asks merges first. A flow that asks anywhere is asked about each merge. */
export function gateFindings(flow: unknown): readonly Finding[] {
  const asks: Step = 'human_approval';
  const merges: Step = 'merge_pull_request';
  const runs = stepsOf(flow);
  const merge = runs.find(({ step }) => step === merges);
  if (merge === undefined || runs.some(({ step }) => step === asks)) return [];
  return [
    {
      path: merge.path,
      message: `The project requires approval, and this flow merges without asking anybody: run ${asks} before ${merges}, or write \`approval: { phases: none, project: none }\` in the project file.`,
    },
  ];
}

function stepsOf(flow: unknown) {
  const states = isRaw(flow) && isRaw(flow['states']) ? flow['states'] : {};
  return Object.entries(states).flatMap(([name, state]) =>
    transitionsOf(state).flatMap(([decision, transition]) => {
      const runs =
        isRaw(transition) && Array.isArray(transition['runs']) ? (transition['runs'] as unknown[]) : [];
      return runs.map((step, index) => ({ step, path: ['states', name, 'on', decision, 'runs', index] }));
    }),
  );
}
