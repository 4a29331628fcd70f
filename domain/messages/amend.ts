/** `amend`: what it would change, judged before anything is changed. */
import { branchNameProblem } from '../names/branches.ts';
import { firstOf } from '../text/truncate.ts';
import { type AmendMessage, printable } from './messages.ts';

type Change = NonNullable<AmendMessage['phases']>[number];
type Carry = NonNullable<AmendMessage['carry']>;

export interface AmendablePhase {
  readonly number: number;
  readonly name: string;
  /** Why it can't be changed any more, e.g. `has started`; null: it can. */
  readonly closed: string | null;
}

const fields = ['phase', 'tasks', 'skip', 'branch'];

/** Every problem of an amendment, in few words however many there are; null: there is none. */
export function amendProblem(
  { phases: changes = [], carry }: { readonly phases?: readonly unknown[]; readonly carry?: Carry },
  known: readonly AmendablePhase[],
): string | null {
  const problems =
    changes.length === 0 && carry === undefined
      ? ["neither 'phases' nor 'carry' says what to change"]
      : [...changes.flatMap((each) => changeProblems(each, known)), ...namedTwice(changes)];
  return problems.length === 0 ? null : `Nothing was changed: ${problemList(problems)}.`;
}

/** What it came to. `before`: the phases that were skipped, and what approvals did. */
export function amended(
  { phases: changes = [], carry }: Pick<AmendMessage, 'phases' | 'carry'>,
  before: { readonly skipped: readonly number[]; readonly carry: Carry },
): string {
  const { skipped } = before;
  const isNews = ({ phase, skip, ...other }: Change): boolean =>
    Object.keys(other).length > 0 || skip !== skipped.includes(phase);
  const sentence = (change: Change): string => {
    const { phase, skip } = change;
    if (!isNews(change)) return `phase ${phase} ${skip === true ? 'was skipped already' : 'was not skipped'}`;
    return skip === undefined ? `phase ${phase}` : `phase ${phase} ${skip ? 'skipped' : 'not skipped'}`;
  };
  const approvals =
    carry === undefined
      ? []
      : [`approvals ${carry === 'never' ? 'never carry over' : 'carry over equal patches'}`];
  const what = [...changes.map(sentence), ...approvals].join(', ');
  const isNewRule = carry !== undefined && carry !== before.carry;
  return isNewRule || changes.some(isNews) ? `Amended: ${what}.` : `Nothing changed: ${what}.`;
}

/** Of tasks or phases that somebody wrote. */
export const problemList = (problems: readonly string[]): string => firstOf(problems, 10).join('; ');

function changeProblems(change: unknown, known: readonly AmendablePhase[]): readonly string[] {
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    return ["each of 'phases' must be an object { phase, tasks?, skip?, branch? }"];
  const { phase: number, tasks, skip, branch }: Partial<Record<keyof Change, unknown>> = change;
  if (typeof number !== 'number' || !Number.isInteger(number))
    return ["'phase' must be a number, that of a phase"];
  const phase = known.find((each) => each.number === number);
  if (phase === undefined) return [`there is no phase ${number}`];
  const at = `phase ${number} '${phase.name}'`;
  if (phase.closed !== null) return [`${at} ${phase.closed}`];
  const problems = Object.keys(change)
    .filter((key) => !fields.includes(key))
    .slice(0, 5)
    .map((key) => `'${printable(key)}' is not a field (it takes ${fields.join(', ')})`);
  if (skip !== undefined && typeof skip !== 'boolean') problems.push("'skip' must be true or false");
  if (tasks !== undefined && !Array.isArray(tasks)) problems.push("'tasks' must be a list");
  const badBranch = branch === undefined ? undefined : branchProblem(branch);
  if (badBranch !== undefined) problems.push(`'branch' ${badBranch}`);
  if (skip === undefined && tasks === undefined && branch === undefined)
    problems.push("name 'tasks', 'branch' or 'skip'");
  return problems.map((problem) => `${at}: ${problem}`);
}

/** Of two changes of one phase nobody knows which is meant. */
function namedTwice(changes: readonly unknown[]): readonly string[] {
  const numbers = changes.map((each) => (each as Partial<Change> | null)?.phase);
  const twice = numbers.filter(
    (number, index) => typeof number === 'number' && numbers.indexOf(number) !== index,
  );
  return [...new Set(twice)].map((number) => `phase ${number} is named more than once`);
}

const branchProblem = (branch: unknown): string | undefined =>
  typeof branch === 'string' ? branchNameProblem(branch) : 'must be a string';
