import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TaskSpec } from '../../../domain/model/project.ts';
import { nextTask } from '../../../domain/progress/next-task.ts';

const task = (number: number, extra: Partial<TaskSpec> = {}): TaskSpec => ({
  number,
  title: `T${number}`,
  description: '',
  acceptance: [],
  role: 'implementer',
  dependsOn: [],
  priority: 0,
  ...extra,
});

describe('the order of tasks', () => {
  it('is that of the file, unless priority says otherwise', () => {
    expect(nextTask([task(1), task(2)], [])?.number).toBe(1);
    expect(nextTask([task(1), task(2, { priority: 5 })], [])?.number).toBe(2);
    expect(nextTask([task(1), task(2)], [1, 2])).toBeUndefined();
  });

  it('never runs a task before what it depends on, and runs every task once', () => {
    const anyTasks = fc.array(
      fc.record({ priority: fc.integer({ min: -5, max: 5 }), back: fc.array(fc.nat(5), { maxLength: 3 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(anyTasks, (drawn) => {
        const tasks = drawn.map(({ priority, back }, index) =>
          task(index + 1, {
            priority,
            dependsOn: [...new Set(back.map((b) => index - b).filter((n) => n >= 1))],
          }),
        );
        const done: number[] = [];
        for (let next = nextTask(tasks, done); next !== undefined; next = nextTask(tasks, done)) {
          for (const needed of next.dependsOn) expect(done).toContain(needed);
          done.push(next.number);
        }
        expect(done.toSorted((a, b) => a - b)).toEqual(tasks.map(({ number }) => number));
      }),
    );
  });
});
