/** A base that its remote lets only people push to: they merge what was approved, and what they merged is what was to land. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { type GitOverHttp, serveGit } from '../support/git-over-http.ts';
import { type Person, personAt } from '../support/person.ts';
import {
  noApprovals,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

let rig: Rig;
let remote: GitOverHttp;
let person: Person;
let hook: string;

beforeAll(async () => {
  rig = await startRig();
  remote = await serveGit(rig.home);
  person = personAt(rig.home, rig.repository);
  // Over the network nobody may push to a base; a person at the remote may.
  hook = join(rig.repository, 'hooks/update');
  const rule = `case "$REMOTE_USER:$1" in ?*:refs/heads/base-*) echo 'base is protected' >&2; [ -e "$GIT_DIR/open" ];; esac`;
  writeFileSync(hook, `#!/bin/sh\n${rule}\n`);
  chmodSync(hook, 0o755);
});
afterAll(async () => {
  await rig.close();
  await remote.close();
});

const longest = 120_000;
const at = (name: string) => ({ base: `base-${name}`, repository: `${remote.url}/remote.git` });

function makeBase(name: string): string {
  const { base } = at(name);
  person.force(base, rig.git('rev-parse', 'main'));
  return base;
}

async function startProject(name: string, settings: Readonly<Record<string, unknown>> = {}) {
  const slug = rig.slug(name);
  const base = makeBase(name);
  const phases = [{ name: 'Only', tasks: ['Do it'] }];
  const handle = await rig.start(slug, { ...at(name), ...noApprovals, ...settings, phases });
  return { base, branch: `project/${slug}/integration`, handle, why: await refused(handle) };
}

/** Waits until the push of base was refused; what people are told. */
async function refused(handle: WorkflowHandle): Promise<string> {
  const view = await rig.until<ProjectStatusView | TaskStatusView>(
    handle,
    'the refused push',
    ({ condition }) => condition === 'failed',
  );
  return view.kind === 'task' ? view.detail : (view.waitingFor ?? '');
}

describe('a base that only people may push to', () => {
  it(
    'says how to merge by hand, and is followed when somebody has',
    async () => {
      const { base, branch, handle, why } = await startProject('followed');
      const head = rig.git('rev-parse', branch);
      expect(why).toContain('base is protected');
      expect(why).toContain(`git merge --no-ff ${head} && git push REMOTE ${base}`);
      const merged = person.merge(branch, base);
      expect(await handle.result()).toMatchObject({ status: 'done', mergedSha: merged });
      expect(rig.git('rev-parse', base)).toBe(merged);
    },
    longest,
  );

  it(
    'is asked whether it holds the work before a retry does anything, also for a squash that may be one',
    async () => {
      const { base, branch, handle, why } = await startProject('squashed', { merge_method: 'squash' });
      expect(why).toContain('git merge --squash');
      const head = rig.git('rev-parse', branch);
      const merged = person.squash(branch, base);
      await handle.executeUpdate('retry', { args: [{}] }).catch(() => undefined);
      expect(await handle.result()).toMatchObject({ status: 'done', mergedSha: merged });
      expect(rig.git('rev-parse', base, branch)).toBe(`${merged}\n${head}`);
    },
    longest,
  );

  it(
    'takes the work of a standalone task from a person as well, on top of what came in between',
    async () => {
      const slug = rig.slug('task');
      const base = makeBase('task');
      const handle = await rig.startTask(slug, { ...at('task'), approval: { project: 'none' } });
      expect(await refused(handle)).toContain('Merge by hand');
      person.commit(base, 'meanwhile.txt');
      const merged = person.merge(`task/${slug}`, base);
      await handle.executeUpdate('retry', { args: [{}] }).catch(() => undefined);
      expect(await handle.result()).toMatchObject({ status: 'done' });
      expect(rig.git('rev-parse', base)).toBe(merged);
    },
    longest,
  );

  it(
    'is merged by the project itself when the rule is gone and somebody retries',
    async () => {
      const { base, branch, handle } = await startProject('opened');
      const open = join(rig.repository, 'open');
      writeFileSync(open, '');
      try {
        await handle.executeUpdate('retry', { args: [{}] });
        expect(await handle.result()).toMatchObject({ status: 'done' });
      } finally {
        rmSync(open);
      }
      expect(rig.git('merge-base', '--is-ancestor', branch, base)).toBe('');
    },
    longest,
  );
});
