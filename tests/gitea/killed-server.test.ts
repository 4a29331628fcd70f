/** Three phases on a Gitea whose server is killed twice on the way: nothing is lost, and nothing is there twice. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { landedTasks, leftBehind } from '../support/aftermath.ts';
import { eventually } from '../support/eventually.ts';
import { git } from '../support/git.ts';
import {
  gatekeeper,
  hostedName,
  implementerAfter,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeOnGitea } from './describe-on-gitea.ts';
import { gateOf, hostOf, pullRequestsOn } from './gates.ts';

describeOnGitea('a project on a Gitea that is killed', () => {
  let rig: Rig;
  let signs: string;
  beforeAll(async () => {
    signs = temporaryFolder();
    // The agent of the last phase waits, so that its work has to go to a server that is away.
    const wait = `case "$PHASEWRIGHT_TASK_ID" in *.phase.3.*) touch ${signs}/started; until [ -e ${signs}/go ]; do sleep 0.1; done;; esac`;
    rig = await startRig({ codeHost: 'gitea', entries: [implementerAfter(wait), gatekeeper] });
  });
  afterAll(() => rig.close());

  it('ends as if nothing had been', async () => {
    const { people, remote, gitea } = hostOf(rig);
    const slug = rig.slug('killed');
    await gitea.api('POST', `/repos/${hostedName}/branch_protections`, {
      rule_name: 'main',
      enable_status_check: true,
      status_check_contexts: ['ci/build', 'phasewright/gate'],
    });
    const phase = (number: number): WorkflowHandle => rig.phase(slug, number);
    const handle = await rig.start(slug, {
      checks: ['true'],
      phases: [
        { name: 'Schema', tasks: ['Add table', 'Add index'] },
        { name: 'API', tasks: ['Add endpoint'] },
        { name: 'UI', tasks: ['Add page'] },
      ],
    });

    const first = await gateOf(rig, phase(1));
    await people.review(first.number, 'APPROVED', 'Fine.');

    // Said, and then the server is gone before the project can have looked at it for good.
    const second = await gateOf(rig, phase(2));
    const path = rig.git('show', '--name-only', '--format=', second.head);
    await people.review(second.number, 'CHANGES_REQUESTED', 'Name the unit.', [
      { path, line: 1, body: 'In which currency?' },
    ]);
    await gitea.kill();
    await noticed([phase(2), rig.task(slug, 2, 2)]);
    await gitea.start();
    const again = await gateOf(rig, phase(2), second.id);
    expect(again.number).toBe(second.number);
    const prompt = rig.readArtifact(`${slug}/2/2/1/prompt.md`);
    expect(prompt).toContain('Name the unit.');
    expect(prompt).toContain('In which currency?');
    await people.comment(again.number, '/approve');

    // Gone while an agent works, so that its commit cannot be pushed.
    await eventually('the last agent at work', () => existsSync(join(signs, 'started')));
    await gitea.kill();
    writeFileSync(join(signs, 'go'), '');
    await noticed([rig.task(slug, 3, 1), phase(3)]);
    await gitea.start();
    const third = await gateOf(rig, phase(3));
    await people.review(third.number, 'APPROVED');
    const last = await gateOf(rig, rig.project(slug));
    await people.comment(last.number, '/approve');
    // Its own rules hold the merge up until its CI has passed.
    await rig.until<ProjectStatusView>(handle, 'a merge that is held up', ({ waitingFor }) =>
      Boolean(waitingFor?.startsWith(`the code host to merge #${last.number}`)),
    );
    const passed = { context: 'ci/build', state: 'success' };
    await gitea.api('POST', `/repos/${hostedName}/statuses/${last.head}`, passed);
    const outcome = (await handle.result()) as { status: string; mergedSha: string };

    expect(outcome.status).toBe('done');
    const integration = `project/${slug}/integration`;
    expect(await pullRequestsOn(rig)).toEqual([
      { number: first.number, base: integration, merged: true },
      { number: second.number, base: integration, merged: true },
      { number: third.number, base: integration, merged: true },
      { number: last.number, base: 'main', merged: true },
    ]);
    expect(landedTasks(rig, slug)).toEqual(['1.1', '1.2', '2.1', '2.2', '3.1']);
    expect(leftBehind(rig, [])).toEqual([]);
    // As anybody gets it.
    const clone = temporaryFolder();
    git(clone, 'clone', '--quiet', remote, '.');
    expect(git(clone, 'rev-parse', 'HEAD')).toBe(outcome.mergedSha);
    expect(git(clone, 'ls-files', 'work-*').split('\n')).toHaveLength(5);
  });

  /** Until one of them waits for a server that is away, by its own account. */
  async function noticed(handles: readonly WorkflowHandle[]): Promise<void> {
    await eventually('work that waits for the server', async () => {
      for (const handle of handles) {
        const described = await handle.describe().catch(() => undefined);
        const types = described?.raw.pendingActivities?.map(
          ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type ?? '',
        );
        if (types?.some((type) => type.endsWith('Unavailable'))) return true;
      }
      return false;
    });
  }
});
