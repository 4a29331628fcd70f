/** Other people push while a project runs: rebase, a merge that an agent finishes, and never force. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../support/git.ts';
import { obedient, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

/** Different in each project, since they share a repository. */
const writes = (what: string) => [{ run: `printf '%s\\n' "${what} $PHASEWRIGHT_TASK_ID" > shared.txt` }];

describe('other people push', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      files: { 'shared.txt': 'first\n', 'README.md': '# A library\n' },
      entries: [
        { role: 'implementer', task: 1, do: writes('ours'), result: { outcome: 'done', summary: 'x' } },
        { role: 'implementer', task: 2, do: writes('both'), result: { outcome: 'done', summary: 'kept' } },
        ...obedient,
      ],
    });
  });
  afterAll(() => rig.close());

  function push(branch: string, file: string, content: string): string {
    const clone = join(rig.home, `clone-${Math.random().toString(36).slice(2)}`);
    git(rig.home, 'clone', '-q', '--branch', branch, rig.repository, clone);
    writeFileSync(join(clone, file), content);
    git(clone, 'add', '-A');
    git(clone, 'commit', '-q', '-m', 'By a person');
    git(clone, 'push', '-q', 'origin', branch);
    return git(clone, 'rev-parse', 'HEAD');
  }
  const gate = (slug: string, after?: string) => rig.gate(rig.phase(slug, 1), after);
  const start = (slug: string, approval: object) =>
    rig.start(slug, {
      phases: [{ name: 'One', tasks: ['Change the file'] }],
      approval,
      checks: ['test -f shared.txt'],
    });

  it('to the integration branch, elsewhere: a pure rebase carries the approval, and the tested tree is what lands', async () => {
    const slug = rig.slug('rebased');
    const handle = await start(slug, { project: 'none' });
    const seen = await gate(slug);
    push(`project/${slug}/integration`, 'other.txt', 'other\n');
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: seen.headSha }] });
    await handle.result();
    const view = await rig.status(slug);
    expect(view.decisions).toHaveLength(1);
    expect(view.phases[0]?.tasks[0]?.commit).not.toBe(seen.headSha);
    expect(rig.git('show', 'main:other.txt')).toBe('other');
    expect(rig.git('show', 'main:shared.txt')).toContain(`ours project.${slug}`);
  });

  it('to the integration branch, in conflict: an agent finishes the merge as a revision task, and people are asked again', async () => {
    const slug = rig.slug('conflict');
    const handle = await start(slug, { project: 'none' });
    const seen = await gate(slug);
    const theirs = push(`project/${slug}/integration`, 'shared.txt', `theirs ${slug}\n`);
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: seen.headSha }] });
    const again = await gate(slug, seen.gate?.id);
    expect(again.tasks.map(({ title, status }) => [title, status])).toEqual([
      ['Change the file', 'done'],
      [`Merge 'project/${slug}/integration' into the phase`, 'done'],
    ]);
    expect(rig.git('log', '-1', '--format=%P', again.headSha ?? '')).toBe(`${seen.headSha} ${theirs}`);
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: again.headSha }] });
    await handle.result();
    expect(rig.git('show', 'main:shared.txt')).toContain(`both project.${slug}`);
  });

  it('to base, in conflict, while the project waits for its last approval: the same, on the integration branch', async () => {
    const slug = rig.slug('base');
    const handle = await start(slug, { phases: 'none' });
    const seen = await rig.gate<ProjectStatusView>(handle);
    push('main', 'shared.txt', `theirs ${slug}\n`);
    await handle.executeUpdate('approve', { args: [{ by: 'ann', gateId: seen.gate?.id }] });
    const again = await rig.gate<ProjectStatusView>(handle, seen.gate?.id);
    expect(again.pullRequest?.number).toBe(seen.pullRequest?.number);
    expect(again.phases[0]?.tasks.at(-1)).toMatchObject({
      title: "Merge 'main' into the project",
      status: 'done',
    });
    await handle.executeUpdate('approve', { args: [{ by: 'ann', gateId: again.gate?.id }] });
    await handle.result();
    expect(rig.git('show', 'main:shared.txt')).toContain(`both project.${slug}`);
  });

  it('to the phase branch while its gate waits: the approval is void, nothing is forced, their commit is tested and asked about anew', async () => {
    const slug = rig.slug('phase');
    const handle = await start(slug, { project: 'none' });
    const seen = await gate(slug);
    const theirs = push(seen.branch, 'more.txt', 'more\n');
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: seen.headSha }] });
    const again = await gate(slug, seen.gate?.id);
    expect(rig.git('rev-parse', seen.branch)).toBe(theirs);
    expect(again).toMatchObject({ headSha: theirs, pullRequest: { number: seen.pullRequest?.number } });
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: theirs }] });
    await handle.result();
    expect(rig.git('show', 'main:more.txt')).toBe('more');
  });
});
