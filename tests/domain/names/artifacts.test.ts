import { describe, expect, it } from '@jest/globals';
import { nameAndCount, numbered } from '../../../domain/names/artifacts.ts';

describe('what is written again under a name', () => {
  it.each([
    ['log', 'log.2'],
    ['shop/1/0/1/checks.log', 'shop/1/0/1/checks.2.log'],
    ['gatekeeper.result.json', 'gatekeeper.result.2.json'],
  ])('%s is kept beside the first one', (name, second) => {
    expect(numbered(name, 1)).toBe(name);
    expect(numbered(name, 2)).toBe(second);
    expect(nameAndCount(second)).toEqual({ name, count: 2 });
    expect(nameAndCount(name)).toEqual({ name, count: null });
  });
});
