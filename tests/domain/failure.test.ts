import { describe, expect, it } from '@jest/globals';
import { explain, failures, type FailureCode, reasonOf } from '../../domain/failure.ts';

const codes = Object.keys(failures) as FailureCode[];

describe('explain', () => {
  it('puts the code before the sentence', () => {
    expect(explain('EmptyDiff', 'Nothing changed.')).toBe('EmptyDiff: Nothing changed.');
  });
});

describe('reasonOf', () => {
  it('spells a code as status does', () => {
    const reason: 'lease_lost' = reasonOf('LeaseLost');

    expect(reason).toBe('lease_lost');
  });

  it('gives every code a reason of its own', () => {
    const reasons = codes.map(reasonOf);

    expect(new Set(reasons).size).toBe(codes.length);
    expect(reasons.filter((reason) => !/^[a-z]+(_[a-z]+)*$/.test(reason))).toEqual([]);
  });
});
