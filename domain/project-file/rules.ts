/**
 * What must hold between the keys of a project file. These rules read the raw input and skip what has the wrong type
 * (the schema reports that), so that one look finds everything.
 */
import { didYouMean, type Finding, type ProblemPath } from '../yaml/problem.ts';
import { parseRepository } from './repository.ts';
import { escapeControls } from '../text/escape.ts';

export type Raw = Readonly<Record<string, unknown>>;
export const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Equal for people: same text apart from Unicode form and surrounding space. */
const sameText = (text: string): string => text.normalize('NFC').trim();
const shown = (text: string): string => escapeControls(text.length > 80 ? `${text.slice(0, 80)}…` : text);

export interface NumberedTask {
  readonly number: number;
  readonly title: string;
}

export function projectFindings(input: unknown): readonly Finding[] {
  if (!isRaw(input)) return [];
  const phases = listOf(input['phases']).map((phase) => (isRaw(phase) ? phase : {}));
  return [
    ...listOf(input['phases']).flatMap((phase, index) =>
      isRaw(phase) ? phaseFindings(phase, ['phases', index]) : [],
    ),
    ...duplicates(
      phases.map((phase) => phase['name']),
      (index) => ['phases', index, 'name'],
      (name, first) =>
        `The phase name '${name}' is taken by phase ${first + 1}; give each phase its own name.`,
    ),
  ];
}

/** A repository on disk that a worker can find: only its own machine's folders count, so the path must be absolute. */
export function relativeRepositoryFindings(input: unknown): readonly Finding[] {
  const written = isRaw(input) ? input['repository'] : undefined;
  if (typeof written !== 'string') return [];
  const parsed = parseRepository(written);
  if (
    !('repository' in parsed) ||
    parsed.repository.kind !== 'path' ||
    /^(\/|[A-Za-z]:[\\/])/.test(parsed.repository.path)
  )
    return [];
  return [
    {
      path: ['repository'],
      message: `'${shown(written)}' is a relative path; workers need the absolute one.`,
    },
  ];
}

function phaseFindings(phase: Raw, at: ProblemPath): readonly Finding[] {
  const tasks = listOf(phase['tasks']);
  const breakdown = phase['breakdown'] === true;
  const given = phase['tasks'] === undefined || Array.isArray(phase['tasks']);
  const empty: readonly Finding[] =
    given && tasks.length === 0 && !breakdown
      ? [
          {
            path: [...at, 'tasks'],
            message:
              'The phase has no tasks; list at least one, or write `breakdown: true` to have them written.',
          },
        ]
      : [];
  const both: readonly Finding[] =
    tasks.length > 0 && breakdown
      ? [
          {
            path: [...at, 'breakdown'],
            message: 'The phase has tasks and `breakdown: true`; keep one of the two.',
            onKey: true,
          },
        ]
      : [];
  return [...empty, ...both, ...taskFindings(tasks, [], [...at, 'tasks'])];
}

/** Duplicate titles, numbers and dependencies of tasks as written, beside the tasks that exist already. */
export function taskFindings(
  tasks: readonly unknown[],
  existing: readonly NumberedTask[],
  at: ProblemPath,
): readonly Finding[] {
  const numbers = numberTasks(tasks, existing);
  const replaced = new Set(numbers);
  const kept = existing.filter((task) => !replaced.has(task.number));
  const titles = tasks.map(titleOf);
  const all: readonly NumberedTask[] = [
    ...kept,
    ...titles.flatMap((title, index) =>
      title === undefined ? [] : [{ title, number: numbers[index] ?? 0 }],
    ),
  ];
  return [
    ...duplicates(
      [...kept.map((task) => task.title), ...titles],
      (index) => [...at, index - kept.length, ...(isRaw(tasks[index - kept.length]) ? ['title'] : [])],
      (title) => `The title '${title}' is used twice in the phase; give each task its own title.`,
      kept.length,
    ),
    ...tasks.flatMap((task, index) => numberFindings(task, index, numbers, existing, at)),
    ...tasks.flatMap((task, index) =>
      listOf(isRaw(task) ? task['depends_on'] : undefined).flatMap(
        (reference, position): readonly Finding[] => {
          if (typeof reference !== 'string' && typeof reference !== 'number') return [];
          const found = resolveDependency(reference, numbers[index] ?? 0, all, kept.length + tasks.length);
          return typeof found === 'number'
            ? []
            : [{ path: [...at, index, 'depends_on', position], message: found.problem }];
        },
      ),
    ),
  ];
}

/** The number of each task as written: the one it replaces, else counting on after the existing ones. */
export function numberTasks(tasks: readonly unknown[], existing: readonly NumberedTask[]): readonly number[] {
  let last = existing.reduce((most, task) => Math.max(most, task.number), 0);
  return tasks.map((task) => {
    const number = isRaw(task) ? task['number'] : undefined;
    if (typeof number === 'number') return number;
    last += 1;
    return last;
  });
}

function numberFindings(
  task: unknown,
  index: number,
  numbers: readonly number[],
  existing: readonly NumberedTask[],
  at: ProblemPath,
): readonly Finding[] {
  const number = isRaw(task) ? task['number'] : undefined;
  if (typeof number !== 'number') return [];
  const path = [...at, index, 'number'];
  if (!existing.some((other) => other.number === number)) {
    return [{ path, message: `There is no task ${number} to change; leave the number out to add a task.` }];
  }
  return numbers.indexOf(number) < index ? [{ path, message: `Task ${number} is changed twice here.` }] : [];
}

/** The number of the earlier task that `reference` (a title or a number) names, or why it names none. */
export function resolveDependency(
  reference: string | number,
  own: number,
  tasks: readonly NumberedTask[],
  highest: number,
): number | { readonly problem: string } {
  const byTitle =
    typeof reference === 'string'
      ? tasks.find((task) => sameText(task.title) === sameText(reference))?.number
      : undefined;
  const number = byTitle ?? (/^\d+$/.test(String(reference).trim()) ? Number(reference) : undefined);
  if (number === undefined) {
    const titles = tasks.map((task) => task.title);
    return {
      problem: `There is no task '${shown(String(reference))}' in this phase.${didYouMean(String(reference), titles)}`,
    };
  }
  if (number < 1 || number > highest)
    return { problem: `There is no task ${number} in this phase; tasks count from 1.` };
  if (number === own) return { problem: 'A task cannot depend on itself.' };
  if (number > own)
    return {
      problem: `Task ${number} comes later; a task can depend on earlier ones only. Change their order.`,
    };
  return number;
}

function titleOf(task: unknown): string | undefined {
  const title = isRaw(task) ? task['title'] : task;
  return typeof title === 'string' && title.trim() !== '' ? title : undefined;
}

function duplicates(
  names: readonly unknown[],
  pathOf: (index: number) => ProblemPath,
  messageOf: (name: string, first: number) => string,
  from = 0,
): readonly Finding[] {
  const seen = new Map<string, number>();
  return names.flatMap((name, index): readonly Finding[] => {
    if (typeof name !== 'string' || name.trim() === '') return [];
    const first = seen.get(sameText(name));
    if (first === undefined) seen.set(sameText(name), index);
    return first === undefined || index < from
      ? []
      : [{ path: pathOf(index), message: messageOf(shown(name), first) }];
  });
}
