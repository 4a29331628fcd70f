/** A remote that looks into what it is sent: what it refuses is feedback, and never reaches the branch. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { type GitOverHttp, serveGit } from '../support/git-over-http.ts';
import {
  gatekeeper,
  noApprovals,
  type ProjectStatusView,
  type Rig,
  type ScriptEntry,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

/** In each commit that is new, whatever the later ones make of it. */
const scan = `#!/bin/sh
while read old new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  for commit in $(git rev-list "$new" --not --all); do
    found=$(git grep -l 'key_live_' "$commit" --) || continue
    case "$ref" in *strict*)
      echo "GitLab: You are not allowed to push code to protected branches on this project." >&2
      exit 1 ;;
    esac
    echo "error: GH013: Repository rule violations found for $ref." >&2
    echo "- Push cannot contain secrets: $found" >&2
    exit 1
  done
done
`;

let rig: Rig;
let server: GitOverHttp;
let repository: string;

beforeAll(async () => {
  rig = await startRig();
  server = await serveGit(rig.home);
  repository = `${server.url}/${relative(rig.home, rig.repository)}`;
  const hook = join(rig.repository, 'hooks', 'pre-receive');
  writeFileSync(hook, scan);
  chmodSync(hook, 0o755);
});
afterAll(async () => {
  await rig.close();
  await server.close();
});

const phases = [{ name: 'Only', tasks: ['Do it'] }];
/** `mends`: in the attempt in which the key goes. */
const careless = (mends: string): readonly ScriptEntry[] => [
  {
    role: 'implementer',
    do: [
      {
        run: `case $PHASEWRIGHT_ATTEMPT in ${mends}) rm -f keys.txt;; *) echo key_live_1 >> keys.txt;; esac`,
      },
      { run: 'echo work >> work.txt' },
    ],
    result: { outcome: 'done', summary: 'did it' },
  },
  gatekeeper,
];
const failed = async (handle: WorkflowHandle): Promise<string> => {
  const view = await rig.until<ProjectStatusView | TaskStatusView>(
    handle,
    'a failure',
    ({ condition }) => condition === 'failed',
  );
  return view.kind === 'task' ? view.detail : (view.waitingFor ?? '');
};
const everPushed = (): string => rig.git('log', '--all', '--format=%H', '-S', 'key_live_');

describe('what a remote does not take', () => {
  it("is told to the agent in the remote's words, and the next attempt's commit stands instead", async () => {
    rig.setEntries(careless('2'));
    const slug = rig.slug('told');
    const handle = await rig.start(slug, { ...noApprovals, repository, phases });

    expect(await handle.result()).toMatchObject({ phases: [{ tasks: [{ status: 'done', attempts: 2 }] }] });
    const prompt = rig.readArtifact(`${slug}/1/1/2/prompt.md`);
    expect(prompt).toContain('ContentRefused');
    expect(prompt).toMatch(/Push cannot contain secrets: [0-9a-f]+:keys\.txt/);
    expect(everPushed()).toBe('');
    expect(rig.git('log', '--format=%s', '--no-merges', 'main')).toBe('Do it\nFirst commit');
    expect(rig.git('ls-tree', '--name-only', 'main')).toBe('README.md\nwork.txt');
  });

  it('counts as attempts like checks that fail, and a retry tells the agent what a person says', async () => {
    rig.setEntries(careless('3'));
    const slug = rig.slug('counted');
    const handle = await rig.start(slug, { ...noApprovals, limits: { attempts: 2 }, repository, phases });
    expect(await failed(handle)).toMatch(/Used up its 2 attempts.*Push cannot contain secrets/s);

    await handle.executeUpdate('retry', { args: [{ feedback: 'Read the key from the environment.' }] });
    expect(await handle.result()).toMatchObject({ phases: [{ tasks: [{ status: 'done', attempts: 3 }] }] });
    const prompt = rig.readArtifact(`${slug}/1/1/3/prompt.md`);
    expect(prompt).toContain('Read the key from the environment.');
    expect(prompt).toContain('Push cannot contain secrets');
    expect(everPushed()).toBe('');
  });

  it('goes back to the agent of a standalone task as well', async () => {
    rig.setEntries(careless('2'));
    const slug = rig.slug('alone');
    const handle = await rig.startTask(slug, { approval: { project: 'none' }, repository });

    expect(await handle.result()).toMatchObject({ status: 'done', attempts: 2 });
    expect(everPushed()).toBe('');
  });

  it('stops at what no agent can mend, and a retry with feedback is heard by the agent before anything is pushed', async () => {
    rig.setEntries(careless('2'));
    const slug = rig.slug('strict');
    const handle = await rig.start(slug, { ...noApprovals, repository, phases });
    expect(await failed(handle)).toMatch(/PushRejected: .*not allowed to push.*change the rule/s);

    await handle.executeUpdate('retry', { args: [{ feedback: 'Leave the key out.' }] });
    expect(await handle.result()).toMatchObject({ phases: [{ tasks: [{ status: 'done', attempts: 2 }] }] });
    expect(rig.readArtifact(`${slug}/1/1/2/prompt.md`)).toContain('Leave the key out.');
  });
});
