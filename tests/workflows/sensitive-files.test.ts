/** What agents change of files that tools obey is told to whoever decides: at each gate, and in each pull request. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPhasewrightClient, type PhasewrightClient } from '../../client/index.ts';
import { plain } from '../../client/cli/text/lines.ts';
import { reviewText } from '../../client/cli/text/review-text.ts';
import {
  gatekeeper,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

// More than are named, and all of them before.
const many = 'mkdir -p +a .github; for n in $(seq 60); do echo x > +a/$n.txt; done; echo x > .github/ci.yml';
const makes = (at: { phase: number; task: number }, run: string) => ({
  role: 'implementer',
  ...at,
  do: [{ run }],
  result: { outcome: 'done', summary: 'x' },
});

let rig: Rig;
let sdk: PhasewrightClient;
beforeAll(async () => {
  rig = await startRig({
    files: { 'README.md': '# A library\n', '.vscode/tasks.json': '{}\n' },
    entries: [
      makes({ phase: 1, task: 1 }, many),
      makes({ phase: 1, task: 2 }, `echo x > CLAUDE.md; echo y > .github/ci.yml`),
      makes({ phase: 2, task: 1 }, 'echo x > plain.txt'),
      makes({ phase: 0, task: 1 }, 'git mv .vscode plain'),
      gatekeeper,
    ],
  });
  sdk = await createPhasewrightClient({ client: rig.client }, { taskQueue: rig.taskQueue });
});
afterAll(() => rig.close());

const pageOf = (title: string): string => {
  const folder = join(rig.home, 'code-host');
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => readFileSync(join(folder, path), 'utf8'));
  return texts.find((text) => text.includes(title)) ?? '';
};
const reviewOf = async (slug: string) =>
  reviewText(await sdk.review(slug), { style: plain, now: Date.now() });

it('names those of all tasks of a phase, in the project those of all phases, and none where there is none', async () => {
  const slug = rig.slug('sensitive');
  const handle = await rig.start(slug, {
    phases: [
      { name: 'One', tasks: ['Many files', 'Two more'] },
      { name: 'Two', tasks: ['A plain one'] },
    ],
  });
  const named = ['.github/ci.yml', 'CLAUDE.md'];
  const list = (text: string) => [
    named.every((path) => text.includes(path)),
    text.includes('Sensitive files'),
  ];
  const first = await rig.gate(rig.phase(slug, 1));
  expect(first.gate?.sensitive).toEqual({ files: named, more: false });
  expect(await reviewOf(slug)).toContain(`what to do:\n  ${named.join('\n  ')}\n`);
  expect(list(pageOf('phase 1: One'))).toEqual([true, true]);
  await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: first.headSha }] });

  const second = await rig.gate(rig.phase(slug, 2));
  expect(second.gate?.sensitive).toBeUndefined();
  expect(list(pageOf('phase 2: Two'))).toEqual([false, false]);
  await rig.phase(slug, 2).executeUpdate('approve', { args: [{ by: 'ann', headSha: second.headSha }] });

  const last = await rig.gate<ProjectStatusView>(handle);
  expect(last.gate?.sensitive).toEqual({ files: named, more: false });
  expect(list(pageOf('The whole of'))).toEqual([true, true]);
  await handle.executeUpdate('approve', { args: [{ by: 'ann', gateId: last.gate?.id }] });
  await handle.result();
});

it('names one that a standalone task moved to another name', async () => {
  const slug = rig.slug('moved');
  const handle = await rig.startTask(slug, { title: 'Move it' });
  const { gate } = await rig.gate<TaskStatusView>(handle);
  expect(gate?.sensitive).toEqual({ files: ['.vscode/tasks.json'], more: false });
  expect(pageOf('Move it')).toContain('- `.vscode/tasks.json`');
  await handle.executeUpdate('approve', { args: [{ by: 'ann', headSha: gate?.headSha }] });
  await handle.result();
});
