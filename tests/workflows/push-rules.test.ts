/** A remote with rules about who signs commits and how merges are called, as an operator meets them. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type GitOverHttp, serveGit } from '../support/git-over-http.ts';
import { noApprovals, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

const rules = `#!/bin/sh
for commit in $(git rev-list "$3" --not --all); do
  case "$(git log -1 --format='%ae %ce' "$commit")" in
    'robot@example.com robot@example.com') ;;
    *) echo "commits here are signed by robot@example.com" >&2; exit 1 ;;
  esac
done
for merge in $(git rev-list --merges "$3" --not --all); do
  case "$(git log -1 --format=%s "$merge")" in
    'OPS-1 Merge '*) ;;
    *) echo "merges here begin with OPS-1" >&2; exit 1 ;;
  esac
done
`;

let rig: Rig;
let server: GitOverHttp;
const robot = { name: 'Robot', email: 'robot@example.com' };
const gitSettings = { passes: [], identities: {}, mergeSubject: undefined as string | undefined };

beforeAll(async () => {
  rig = await startRig({ bare: true, gitSettings });
  server = await serveGit(rig.home);
  writeFileSync(join(rig.repository, 'hooks', 'update'), rules);
  chmodSync(join(rig.repository, 'hooks', 'update'), 0o755);
});
afterAll(async () => {
  await rig.close();
  await server.close();
});

it('is told in its own words first, and is met with settings of the worker and a retry', async () => {
  const slug = rig.slug('rules');
  const repository = `${server.url}/${relative(rig.home, rig.repository)}`;
  const phases = [{ name: 'One', tasks: ['Do it'] }];
  const handle = await rig.start(slug, { ...noApprovals, repository, phases });
  const waitsFor = async (words: string): Promise<string> => {
    const holds = (view: ProjectStatusView) => view.waitingFor?.includes(words) === true;
    return String((await rig.until(handle, words, holds)).waitingFor);
  };
  const retryWith = async (change: Partial<typeof gitSettings>) => {
    Object.assign(gitSettings, change);
    await rig.stopWorker();
    await rig.startWorker();
    await handle.executeUpdate('retry', { args: [{}] });
  };

  expect(await waitsFor('commits here are signed by')).toMatch(
    /PushRejected: \S+ refused the push of \S+: remote: commits here are signed by robot@/,
  );
  await retryWith({ identities: { author: robot, committer: robot } });
  expect(await waitsFor('merges here begin with OPS-1')).toMatch(
    /ContentRefused: \S+ refused the push of \S+: remote: merges here begin with OPS-1.*PHASEWRIGHT_MERGE_SUBJECT/s,
  );
  await retryWith({ mergeSubject: 'OPS-1 {subject}' });
  expect(await handle.result()).toMatchObject({ status: 'done' });
  expect(rig.git('log', '--merges', '--format=%s', 'main')).toMatch(/^OPS-1 Merge/);
});
