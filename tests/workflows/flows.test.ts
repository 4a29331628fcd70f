/** A repository's own flow: two makers in one attempt, then the judge; and a flow that is wrong stops a project at its start. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../support/git.ts';
import { noApprovals, type Rig, startRig } from '../support/rig.ts';

const shipped = readFileSync(new URL('../../flows/project.yaml', import.meta.url), 'utf8');

describe('a flow of the repository', () => {
  let rig: Rig;
  beforeAll(async () => {
    const script = (home: string) => ({ engine: 'script', script: join(home, 'script.yaml') });
    rig = await startRig({
      agents: Object.fromEntries(['implementer', 'tester', 'gatekeeper'].map((role) => [role, script('.')])),
      files: { 'README.md': '# A library\n', '.phasewright/flows/project.yaml': withTester(shipped) },
      entries: [
        {
          role: 'implementer',
          do: [{ write: { path: 'code.txt', content: 'code\n' } }],
          result: { outcome: 'done', summary: 'wrote' },
        },
        {
          role: 'tester',
          task: 1,
          do: [{ run: 'cat code.txt > test.txt' }],
          result: { outcome: 'done', summary: 'tested' },
        },
        { role: 'tester', task: 2, result: { outcome: 'done', summary: 'nothing to add' } },
        { role: 'gatekeeper', result: { decision: 'accept', comments: [] } },
      ],
    });
  });
  afterAll(() => rig.close());

  it('lets a tester go on from what the implementer left, and lands both as one commit', async () => {
    const slug = rig.slug('tested');
    await (
      await rig.start(slug, {
        phases: [{ name: 'One', tasks: ['Write and test'] }],
        ...noApprovals,
        checks: ['test -f test.txt'],
      })
    ).result();
    const { commit, attempts } = (await rig.status(slug)).phases[0]?.tasks[0] ?? {};
    expect(attempts).toBe(1);
    expect(rig.git('show', '--format=', '--name-only', commit ?? '').split('\n')).toEqual([
      'code.txt',
      'test.txt',
    ]);
  });

  it('that is wrong is refused with file, line and every problem, before anything is made', async () => {
    const clone = join(rig.home, 'edit');
    git(rig.home, 'clone', '-q', rig.repository, clone);
    writeFileSync(
      join(clone, '.phasewright/flows/project.yaml'),
      withTester(shipped).replace('run_checks', 'run_cheks').replace('role: gatekeeper', 'role: gatekeper'),
    );
    git(clone, 'commit', '-qam', 'Break the flow');
    git(clone, 'push', '-q', 'origin', 'main');
    const slug = rig.slug('wrong');
    const handle = await rig.start(slug, { phases: [{ name: 'One', tasks: ['Write'] }], ...noApprovals });
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidFlow',
        message: expect.stringMatching(
          /project\.yaml:\d+:\d+[\s\S]*run_cheks[\s\S]*gatekeper|project\.yaml:\d+:\d+[\s\S]*gatekeper[\s\S]*run_cheks/,
        ),
      },
    });
    expect(rig.git('branch', '--list', `project/${slug}/*`)).toBe('');
  });
});

/** `incoming` (implementer) → `claimed` (tester) → `provisional` (gatekeeper). */
function withTester(flow: string): string {
  const [phase = '', child = ''] = flow.split(/(?=^child_flow:)/m);
  const handOver = child.replace(
    /done: \{ to: provisional, runs: \[commit_changes, run_checks\], else: incoming \}/,
    'done: { to: claimed, runs: [commit_changes], else: incoming }',
  );
  if (handOver === child) throw new Error('The shipped flow changed; this test edits its text.');
  const indent = /^( +)incoming:/m.exec(handOver)?.[1] ?? '    ';
  const tester = [
    `${indent}claimed:`,
    `${indent}  role: tester`,
    `${indent}  on:`,
    `${indent}    done: { to: provisional, runs: [commit_changes, run_checks], else: incoming }`,
    `${indent}    blocked: blocked`,
    `${indent}    failed: incoming`,
    '',
  ].join('\n');
  return (
    phase + handOver.replace(new RegExp(`^${indent}provisional:`, 'm'), `${tester}${indent}provisional:`)
  );
}
