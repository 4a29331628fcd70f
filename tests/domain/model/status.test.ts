import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  change,
  conditionTransitions,
  IllegalTransition,
  lifecycleTransitions,
  phaseStatuses,
  phaseTransitions,
  taskStatuses,
  taskTransitions,
} from '../../../domain/model/status.ts';

describe('status changes', () => {
  it.each([
    ['phase', phaseTransitions],
    ['task', taskTransitions],
    ['lifecycle', lifecycleTransitions],
    ['condition', conditionTransitions],
  ] as const)('the %s table names only statuses that exist', (_kind, table) => {
    const known = Object.keys(table);
    for (const targets of Object.values(table)) for (const target of targets) expect(known).toContain(target);
  });

  it.each([
    ['phase', phaseStatuses, phaseTransitions],
    ['task', taskStatuses, taskTransitions],
  ] as const)('a %s changes exactly as its table says', (kind, statuses, table) => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.constantFrom(...statuses), (from, to) => {
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
    const way = ['draft', 'initialized', 'implementing', 'implemented', 'verifying', 'verified'] as const;
    for (const [index, to] of way.slice(1).entries())
      expect(change<string>('lifecycle', way[index] ?? '', to)).toBe(to);
  });
});
