import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  change,
  conditions,
  conditionTransitions,
  IllegalTransition,
  lifecycles,
  lifecycleTransitions,
  phaseStatuses,
  phaseTransitions,
  taskStatuses,
  taskTransitions,
} from '../../../domain/model/status.ts';

describe('status changes', () => {
  const tables = [
    ['phase', phaseStatuses, phaseTransitions],
    ['task', taskStatuses, taskTransitions],
    ['lifecycle', lifecycles, lifecycleTransitions],
    ['condition', conditions, conditionTransitions],
  ] as const;

  it.each(tables)(
    'the %s table says of every status, and of no other word, what may follow',
    (_, all, table) => {
      expect(Object.keys(table).toSorted()).toEqual([...all].toSorted());
      for (const targets of Object.values(table)) expect(all).toEqual(expect.arrayContaining([...targets]));
    },
  );

  it.each(tables)('a %s changes exactly as its table says', (kind, statuses, table) => {
    const any = fc.constantFrom<string>(...statuses);
    fc.assert(
      fc.property(any, any, (from, to) => {
        const legal =
          from === to || (table as Record<string, readonly string[]>)[from]?.includes(to) === true;
        if (legal) expect(change<string>(kind, from, to)).toBe(to);
        else expect(() => change<string>(kind, from, to)).toThrow(IllegalTransition);
      }),
    );
  });

  it('names an illegal change and the legal ones', () => {
    expect(() => change('phase', 'completed', 'running')).toThrow(
      "A phase can't change from 'completed' to 'running'. From 'completed' it can go to nowhere: it is final.",
    );
    expect(() => change<string>('task', 'finished', 'done')).toThrow("'finished' is not a task status.");
  });

  it('a task that is done, and a phase that is completed, stays so', () => {
    expect(taskTransitions.done).toEqual([]);
    expect(phaseTransitions.completed).toEqual([]);
  });

  it('a project started from a file can pass the lifecycle of a file-started project', () => {
    const way = lifecycles.slice(0, lifecycles.indexOf('verified') + 1);
    expect(way).toHaveLength(6);
    for (const [index, to] of way.slice(1).entries())
      expect(change<string>('lifecycle', way[index] ?? '', to)).toBe(to);
  });
});
