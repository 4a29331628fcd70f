/** A branch that was renamed on GitHub is found under its new name, and one that is only gone is not. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findRenamedBase } from '../../../activities/code-host/renamed-base.ts';
import { fullName, type GitHubRig, makeGitHubRig } from './github-rig.ts';

let rig: GitHubRig;
beforeAll(async () => {
  rig = await makeGitHubRig();
});
afterAll(async () => {
  expect(rig.double.nonConforming()).toEqual([]);
  await rig.remove();
});

it.each(['trunk', 'rele/ase#1'])('a branch renamed to %s', async (to) => {
  const from = `old/${to}`;
  const baseSha = rig.person.commit(from, { [`${to.length}.txt`]: 'x' }, 'main');
  const { workspace } = rig;
  const { repository } = workspace;
  const find = (sha = baseSha) =>
    findRenamedBase({ host: rig.host, git: rig.git }, { workspace, branch: from, baseSha: sha });
  expect(await find()).toEqual({ branch: null });

  rig.double.renameBranch({ as: 'rita', repo: fullName, from, to });
  expect(await rig.host.findRenamed(repository, from)).toBe(to);
  expect(await rig.host.findBranch(repository, from)).toBeNull();
  expect(await find()).toEqual({ branch: to });

  // Somebody else's line of commits under that name is not what was meant.
  const other = rig.person.commit('other', { 'other.txt': to }, 'main');
  expect(await find(other)).toEqual({ branch: null });
});
