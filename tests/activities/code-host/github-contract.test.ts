import { describe, expect, it } from '@jest/globals';
import { codeHostContract } from '../../contracts/code-host.ts';
import { type GitHubRig, makeGitHubRig } from './github-rig.ts';

let rig: GitHubRig | undefined;

codeHostContract('the GitHub adapter', async () => {
  rig = await makeGitHubRig();
  return rig;
});

describe('while keeping the contract', () => {
  it('asked only for what GitHub has, as GitHub describes it', () => {
    expect(rig?.double.exchanges.length).toBeGreaterThan(100);
    expect(rig?.double.nonConforming()).toEqual([]);
  });
});
