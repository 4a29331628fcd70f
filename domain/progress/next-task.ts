/** Which task of a phase is next: dependencies met, higher priority first, then the order of the file. */
import type { TaskSpec } from '../model/project.ts';

export function nextTask(tasks: readonly TaskSpec[], done: readonly number[]): TaskSpec | undefined {
  const ready = tasks.filter(
    (task) => !done.includes(task.number) && task.dependsOn.every((number) => done.includes(number)),
  );
  return ready.toSorted((a, b) => b.priority - a.priority || a.number - b.number)[0];
}
