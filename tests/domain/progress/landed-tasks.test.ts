import { describe, expect, it } from '@jest/globals';
import { landedUnheardOf } from '../../../domain/progress/landed-tasks.ts';

const done = (number: number, commit: string | null) => ({ number, status: 'done' as const, commit });
const on = (branch: string, task: number, sha: string) => ({ branch, task, sha });
const news = (finished: readonly ReturnType<typeof done>[], found: readonly ReturnType<typeof on>[]) =>
  landedUnheardOf(finished, found, 'phase').map(({ task, sha }) => `${task} ${sha}`);

describe('what had landed unheard of', () => {
  it('is every task that was not known to be done, oldest first, each once', () => {
    const found = [on('phase', 3, 'c'), on('phase', 2, 'b'), on('phase', 1, 'a'), on('integration', 2, 'x')];
    expect(news([done(1, 'a')], found)).toEqual(['2 b', '3 c']);
  });

  it('is nothing where everything is known', () => {
    expect(news([done(1, 'a'), done(2, null)], [on('phase', 1, 'a')])).toEqual([]);
  });

  it('is what a rebase made of the commits that were known', () => {
    const found = [on('phase', 2, 'b2'), on('phase', 1, 'a2')];
    expect(news([done(1, 'a'), done(2, 'b')], found)).toEqual(['1 a2', '2 b2']);
  });

  it('is no commit of somebody who left one of ours out', () => {
    const found = [on('phase', 2, 'b2'), on('integration', 1, 'a')];
    expect(news([done(1, 'a'), done(2, 'b')], found)).toEqual([]);
  });
});
