import { describe, expect, it } from '@jest/globals';
import { attemptPath, epochRef, hiddenRef } from '../../../domain/names/git-refs.ts';

const slug = 'deployments-ui';

describe('git refs', () => {
  it('are what the documentation promises', () => {
    expect({
      attempt: attemptPath({ owner: slug, phase: 2, task: 3, attempt: 1 }),
      epoch: epochRef(slug),
      hidden: hiddenRef('task.fix', 'attempt', 0, 1, 2),
    }).toEqual({
      attempt: 'deployments-ui/2/3/1',
      epoch: 'refs/phasewright/deployments-ui/epoch',
      hidden: 'refs/phasewright/task.fix/attempt/0/1/2',
    });
  });

  it.each(['..', 'a..b', 'a.lock', 'a.', '-a', '', 'a/b', 'A', 'a b', 'a\n'])(
    'never make a hidden ref of %j',
    (part) => {
      expect(() => hiddenRef(slug, part)).toThrow('cannot be part of a hidden ref');
      expect(() => hiddenRef(part)).toThrow('cannot be part of a hidden ref');
    },
  );
});
