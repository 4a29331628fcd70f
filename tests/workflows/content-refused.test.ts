/** A remote that looks into what it is sent: what it refuses is feedback, and never reaches the branch. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { type GitOverHttp, serveGit } from '../support/git-over-http.ts';
import {
  gatekeeper,
  implementerAfter,
  noApprovals,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';

/** In each commit that is new, whatever the later ones make of it. */
const scan = `#!/bin/sh
while read old new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  case "$ref" in *gathered*/integration)
    ! git cat-file -e "$new:notes.txt" 2>/dev/null || { echo "notes.txt does not belong here" >&2; exit 1; }
  esac
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

/** `PROJECT-ATTEMPT` of tasks: the key is left out there, and was put in before. */
const mended = '*told*-2 | *alone*-2 | *strict*-2 | *counted*-3';
const agent = `case $PHASEWRIGHT_TASK_ID-$PHASEWRIGHT_ATTEMPT in
  *gathered*task.1-*) echo notes > notes.txt ;;
  *gathered*) rm -f notes.txt ;;
  ${mended}) rm -f keys.txt ;;
  *) echo key_live_1 >> keys.txt ;;
esac`;

let rig: Rig;
let server: GitOverHttp;
/** All run at once. */
let runs: Readonly<Record<'told' | 'counted' | 'strict' | 'gathered' | 'alone', Run>>;

interface Run {
  readonly slug: string;
  readonly handle: WorkflowHandle;
}

beforeAll(async () => {
  rig = await startRig({ entries: [implementerAfter(agent), gatekeeper] });
  server = await serveGit(rig.home);
  const repository = `${server.url}/${relative(rig.home, rig.repository)}`;
  const hook = join(rig.repository, 'hooks', 'pre-receive');
  writeFileSync(hook, scan);
  chmodSync(hook, 0o755);
  const project = async (name: string, more: object = {}): Promise<Run> => {
    const slug = rig.slug(name);
    const phases = [{ name: 'Only', tasks: ['Do it'] }];
    return {
      slug,
      handle: await rig.start(slug, { ...noApprovals, repository, base: `base-${name}`, phases, ...more }),
    };
  };
  for (const name of ['told', 'counted', 'strict', 'gathered', 'alone'])
    rig.git('branch', `base-${name}`, 'main');
  const alone = rig.slug('alone');
  runs = {
    told: await project('told'),
    counted: await project('counted', { limits: { attempts: 2 } }),
    strict: await project('strict'),
    gathered: await project('gathered'),
    alone: {
      slug: alone,
      handle: await rig.startTask(alone, { approval: { project: 'none' }, repository, base: 'base-alone' }),
    },
  };
});
afterAll(async () => {
  await rig.close();
  await server.close();
});

async function failed({ handle }: Run): Promise<string> {
  const view = await rig.until<ProjectStatusView>(
    handle,
    'a failure',
    ({ condition }) => condition === 'failed',
  );
  return view.waitingFor ?? '';
}
const retry = ({ handle }: Run, feedback: string) => handle.executeUpdate('retry', { args: [{ feedback }] });
const done = (...tasks: readonly object[]) => ({ status: 'done', phases: [{ tasks }] });

const longest = 120_000;

describe('what a remote does not take', () => {
  it(
    "is told to the agent in the remote's words, and the next attempt's commit stands instead",
    async () => {
      const { slug, handle } = runs.told;
      expect(await handle.result()).toMatchObject(done({ attempts: 2 }));
      const prompt = rig.readArtifact(`${slug}/1/1/2/prompt.md`);
      expect(prompt).toContain('ContentRefused');
      expect(prompt).toMatch(/Push cannot contain secrets: [0-9a-f]+:keys\.txt/);
      expect(rig.git('log', '--format=%s', '--no-merges', 'base-told')).toBe('Do it\nFirst commit');
      expect(rig.git('ls-tree', '--name-only', 'base-told')).not.toContain('keys.txt');
    },
    longest,
  );

  it(
    'counts as attempts like checks that fail, and a retry tells the agent what a person says',
    async () => {
      const { slug, handle } = runs.counted;
      expect(await failed(runs.counted)).toMatch(/Used up its 2 attempts.*Push cannot contain secrets/s);
      await retry(runs.counted, 'Read the key from the environment.');
      expect(await handle.result()).toMatchObject(done({ attempts: 3 }));
      const prompt = rig.readArtifact(`${slug}/1/1/3/prompt.md`);
      expect(prompt).toContain('Read the key from the environment.');
      expect(prompt).toContain('Push cannot contain secrets');
    },
    longest,
  );

  it(
    'goes back to the agent of a standalone task as well',
    async () => {
      expect(await runs.alone.handle.result()).toMatchObject({ status: 'done', attempts: 2 });
    },
    longest,
  );

  it(
    'stops at what no agent can mend, and a retry with feedback is heard by the agent before anything is pushed',
    async () => {
      const { slug, handle } = runs.strict;
      expect(await failed(runs.strict)).toMatch(/PushRejected: .*not allowed to push.*change the rule/s);
      await retry(runs.strict, 'Leave the key out.');
      expect(await handle.result()).toMatchObject(done({ attempts: 2 }));
      expect(rig.readArtifact(`${slug}/1/1/2/prompt.md`)).toContain('Leave the key out.');
    },
    longest,
  );

  it(
    'stops where the work of several tasks comes together, and a retry with feedback is one more task',
    async () => {
      expect(await failed(runs.gathered)).toMatch(/ContentRefused: .*notes\.txt does not belong here/s);
      await retry(runs.gathered, 'Take notes.txt away.');
      expect(await runs.gathered.handle.result()).toMatchObject(done({}, { status: 'done' }));
      expect(rig.git('ls-tree', '--name-only', 'base-gathered')).not.toContain('notes.txt');
    },
    longest,
  );

  it('has never been in the history of a branch', () => {
    expect(rig.git('log', '--all', '--format=%H', '-S', 'key_live_')).toBe('');
  });
});
