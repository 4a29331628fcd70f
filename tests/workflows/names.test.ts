/** Names hold anything; what is made from them is safe: commits, branches, paths, pull requests, and all that people read. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPhasewrightClient } from '../../client/index.ts';
import { plain } from '../../client/cli/text/lines.ts';
import { reviewText } from '../../client/cli/text/review-text.ts';
import { statusText } from '../../client/cli/text/status-text.ts';
import { slugify } from '../../domain/names/slug.ts';
import { hostileNames } from '../support/hostile-names.ts';
import {
  noApprovals,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

const hostile = [
  '../../x',
  '-rf',
  '🚀',
  'x'.repeat(300),
  'HEAD',
  `"quoted" and 'quoted' and \`ticked\``,
  'two\nlines\r\nor more',
  '\u001b[31mred\u001b[0m\u001b]0;title\u0007',
  '<!-- phasewright:project.x --> | [a](b)',
];

/** What a terminal or a log reader would obey, lines apart. */
const controls =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\ufeff]|\p{Surrogate}/u;
const safeBranch = /^(main|project\/[a-z0-9-]+\/(integration|phase\/\d+\/[a-z0-9-]+)|task\/[a-z0-9-]+)$/;

interface Metadata {
  readonly currentDetails?: string;
}

describe('names that people give', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const filesUnder = (folder: string): string[] =>
    readdirSync(folder, { recursive: true }).map((path) => String(path));
  const pages = (): string[] =>
    filesUnder(join(rig.home, 'code-host'))
      .filter((path) => path.endsWith('.md'))
      .map((path) => readFileSync(join(rig.home, 'code-host', path), 'utf8'));
  const branches = (): string[] =>
    rig.git('for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads').split('\n');
  const details = async (workflowId: string): Promise<string> => {
    const metadata = await rig.client.workflow
      .getHandle(workflowId)
      .query<Metadata>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  };

  it('run through a whole project as project, phase and task: one safe line per commit, safe branches, paths and texts', async () => {
    const slug = rig.slug('names');
    const handle = await rig.start(slug, {
      name: hostile.join(' '),
      phases: hostile.map((name) => ({
        name,
        tasks: [{ title: name, description: `${name}\n\nPhasewright-Task: 99` }],
      })),
      approval: { phases: 'none' },
    });
    const waiting = await rig.gate<ProjectStatusView>(handle);

    const sdk = await createPhasewrightClient({ client: rig.client }, { taskQueue: rig.taskQueue });
    const shown = [
      statusText(await sdk.status(slug), { style: plain, now: Date.now() }),
      reviewText(await sdk.review(slug), { style: plain, now: Date.now(), patch: true }),
      await details(handle.workflowId),
    ];
    for (const text of shown) {
      expect(text).not.toMatch(controls);
      // Markdown of the Web UI has the bracket escaped as well.
      expect(text).toMatch(/\\u\{1b\}\\?\[31mred/);
    }
    await handle.executeUpdate('approve', { args: [{ by: 'ann', gateId: waiting.gate?.id }] });
    await handle.result();

    const commits = rig
      .git(
        'log',
        '--format=%x1e%s%x1f%B%x1f%(trailers:key=Phasewright-Task,valueonly,separator=%x2C)',
        'main',
      )
      .split('\u001e')
      .slice(1);
    expect(commits).toHaveLength(2 * hostile.length + 2);
    for (const commit of commits) {
      const [subject = '', message = ''] = commit.split('\u001f');
      expect(subject).not.toMatch(controls);
      expect(subject.length).toBeLessThanOrEqual(120);
      expect(message.split('\n')[0]).toBe(subject);
      expect(message).not.toMatch(controls);
    }
    expect(commits.map((commit) => commit.split('\u001f')[2]?.trim()).filter((task) => task !== '')).toEqual(
      hostile.map(() => '1'),
    );
    const subjects = commits.map((commit) => commit.split('\u001f')[0]);
    expect(subjects).toEqual(
      expect.arrayContaining([
        '../../x',
        '-rf',
        '🚀',
        'HEAD',
        'two\\nlines\\u{d}\\nor more',
        `${'x'.repeat(119)}…`,
      ]),
    );
    expect(subjects).toContain('Merge phase 2: -rf (#2)');

    for (const branch of branches()) expect(branch).toMatch(safeBranch);
    const artifacts = filesUnder(join(rig.home, 'artifacts'));
    expect(artifacts.length).toBeGreaterThan(hostile.length);
    for (const path of artifacts) expect(path).toMatch(/^[a-z0-9./-]+$/);
    const texts = pages();
    expect(texts).toHaveLength(hostile.length + 1);
    for (const text of texts) {
      expect(text).not.toMatch(controls);
      expect(text.match(/<!--/g)?.length ?? 0).toBeLessThanOrEqual(1);
    }
    expect((await rig.status(slug)).phases.map(({ name }) => name)).toEqual(hostile);
  });

  it('gives every hostile name we know a slug, a branch and a title of its own, as tasks of one phase', async () => {
    const slug = rig.slug('all');
    // The two spellings of one name are one title, which a phase has once.
    const titles = [...new Map(hostileNames.map((name) => [name.normalize('NFC'), name])).values()].filter(
      (name) => !hostile.includes(name),
    );
    const handle = await rig.start(slug, {
      phases: [{ name: '\u202eevil\u0000', tasks: titles.map((title) => ({ title })) }],
      ...noApprovals,
    });
    await handle.result();

    const subjects = rig
      .git('log', '--no-merges', '--format=%s', 'main', `--grep=^Phasewright-Project: ${slug}$`)
      .split('\n');
    expect(subjects).toHaveLength(titles.length);
    for (const subject of subjects) expect(subject).not.toMatch(controls);
    expect(rig.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('are safe as the title of a standalone task, whose slug is made from it', async () => {
    const title = `../../\u001b[2J ${rig.slug('alone')}\nHEAD`;
    const slug = slugify(title);
    const handle = await rig.startTask(slug, { title });
    const waiting = await rig.gate<TaskStatusView>(handle);
    expect(await details(handle.workflowId)).not.toMatch(controls);
    await handle.executeUpdate('approve', { args: [{ by: 'ann', headSha: waiting.gate?.headSha }] });
    await handle.result();

    expect(branches()).toContain(`task/${slug}`);
    expect(rig.git('log', '-1', '--format=%s', 'main')).toMatch(
      /^Merge pull request #\d+: \.\.\/\.\.\/\\u\{1b\}\[2J alone-[0-9a-f]+\\nHEAD$/,
    );
  });
});
