import { expect, it } from '@jest/globals';
import { warn } from '../../workflows/support/failures.ts';

it('a warning of a workflow that is gone is dropped, and throws nothing', () => {
  expect(() => warn('Nobody is left to read this.')).not.toThrow();
});
