import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import {
  createPlanningActivities,
  type PlanningDependencies,
} from '../../../activities/planning/activities.ts';
import { parseAgents } from '../../../domain/agents/blueprints.schema.ts';
import { createTestRepository, type TestRepository } from '../../support/repository.ts';

const shipped = (name: string): string =>
  readFileSync(new URL(`../../../flows/${name}.yaml`, import.meta.url), 'utf8');
const shippedFlows = { default: shipped('default'), project: shipped('project') };

let repository: TestRepository;
let dependencies: PlanningDependencies;
beforeAll(() => {
  repository = createTestRepository();
  const dataDir = join(repository.folder, 'data');
  dependencies = {
    git: createSimpleGit({
      dataDir,
      hostId: 'host-1',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
    }),
    artifacts: createFileArtifacts({ root: join(dataDir, 'artifacts') }),
    hostId: 'host-1',
    roles: () => ['implementer', 'gatekeeper'],
    missingPrograms: () => ({}),
    shippedFlows,
    notifyKinds: ['stdout'],
    codeHosts: [],
    hostFor: () => ({ examineBase: async () => ({ problems: [], warnings: [] }) }),
  };
});
afterAll(() => repository.remove());

const activities = (more: Partial<PlanningDependencies> = {}) =>
  createPlanningActivities({ ...dependencies, ...more });
const project = (more: object = {}) => ({
  name: 'Shop',
  repository: repository.bare,
  phases: [{ name: 'Data model', tasks: ['Add the table'] }],
  ...more,
});
const plan = (input: unknown, more: Partial<PlanningDependencies> = {}) =>
  activities(more).planProject({ input, workflowId: 'project.shop' });

async function failureOf(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure))
    throw new Error(`This did not fail as expected: ${String(error)}`);
  const [details] = (error.details ?? []) as [{ problems: readonly string[] }];
  return {
    type: error.type,
    nonRetryable: error.nonRetryable,
    message: error.message,
    problems: details.problems,
  };
}

describe('planning a project', () => {
  it('resolves the base, takes the shipped flow, and fills in every default', async () => {
    const input = project();
    const made = await plan(input);
    expect(made).toMatchObject({
      schema: 1,
      slug: 'shop',
      workspace: { owner: 'shop', repository: { kind: 'path', path: repository.bare }, host: 'host-1' },
      base: { branch: 'main', sha: repository.tip('main') },
      integrationBranch: 'project/shop/integration',
      design: null,
      phases: [
        {
          number: 1,
          branch: 'project/shop/phase/1/data-model',
          tasks: [{ number: 1, title: 'Add the table' }],
        },
      ],
      flow: { start: 'running', childFlow: { start: 'incoming' } },
    });
    expect(Object.keys(made).sort()).toEqual(
      [
        'base',
        'design',
        'flow',
        'integrationBranch',
        'name',
        'phases',
        'schema',
        'settings',
        'slug',
        'specDigest',
        'workspace',
      ].sort(),
    );
    expect(await plan(input)).toEqual(made);
    expect((await plan(project({ checks: ['true'] }))).specDigest).not.toBe(made.specDigest);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('begins its branches with what the file says', async () => {
    const made = await plan(project({ branch_prefix: 'bots/ai' }));
    expect([made.integrationBranch, made.phases[0]?.branch]).toEqual([
      'bots/ai/shop/integration',
      'bots/ai/shop/phase/1/data-model',
    ]);
    const task = await activities().planTask({
      input: { title: 'Fix', branch_prefix: 'bots', repository: repository.bare },
      workflowId: 'task.fix',
    });
    expect(task.branch).toBe('bots/fix');
    expect(await failureOf(plan(project({ branch_prefix: 'a..b' })))).toMatchObject({
      problems: [expect.stringContaining("branch_prefix: 'a..b' cannot be a branch name")],
    });
  });

  it('reads the design from the base commit, not from anyone’s checkout, and keeps it', async () => {
    repository.commit('with-design', { 'docs/design.md': '# The design\n' });
    const { design } = await plan(project({ base: 'with-design', design: './docs/design.md' }));
    expect(design).toMatch(/^shop\/design-[0-9a-f]{12}\.md$/);
    expect(await dependencies.artifacts.read(design ?? '', 1_000)).toEqual({
      text: '# The design\n',
      truncated: false,
    });
  });

  it('keeps a design that stands in the file itself, and cuts one that is too large', async () => {
    const own = await plan(project({ design: 'One\ntwo\n' }));
    expect((await dependencies.artifacts.read(own.design ?? '', 1_000))?.text).toBe('One\ntwo\n');
    repository.commit('huge-design', { 'huge.md': 'x'.repeat(300 * 1024) });
    const huge = await plan(project({ base: 'huge-design', design: 'huge.md' }));
    const kept = await dependencies.artifacts.read(huge.design ?? '', 1_000_000);
    expect(kept?.text).toHaveLength(
      256 * 1024 + '\n[cut here: the document is larger than 256 KiB]\n'.length,
    );
  });

  it("follows the repository's own flow as it is in the base commit", async () => {
    repository.commit('own-flow', {
      '.phasewright/flows/project.yaml': shippedFlows.project.replace('name: phase\n', 'name: ours\n'),
      '.phasewright/flows/README.md': 'About our flows.',
    });
    expect((await plan(project({ base: 'own-flow' }))).flow.name).toBe('ours');
    expect((await plan(project())).flow.name).toBe('phase');
  });

  it("refuses a broken flow of the repository with every problem's file and line, and a flow that nothing would use", async () => {
    const broken = shippedFlows.project
      .replace('work: revision\n', 'work: revisions\n')
      .replace('[land_on_phase_branch]', '[land_on_branch]');
    repository.commit('broken-flow', {
      '.phasewright/flows/project.yaml': broken,
      '.phasewright/flows/projekt.yml': 'x',
    });
    const { type, nonRetryable, problems, message } = await failureOf(plan(project({ base: 'broken-flow' })));
    expect([type, nonRetryable]).toEqual(['InvalidFlow', true]);
    expect(problems).toEqual([
      expect.stringContaining('.phasewright/flows/projekt.yml: No flow has this name'),
      expect.stringMatching(
        /^\.phasewright\/flows\/project\.yaml:\d+:\d+: states\.changes_requested\.work: /,
      ),
      expect.stringMatching(
        /^\.phasewright\/flows\/project\.yaml:\d+:\d+: child_flow\.states\.provisional\.on\.accept\.to: The way to 'done' must run/,
      ),
      expect.stringMatching(
        /^\.phasewright\/flows\/project\.yaml:\d+:\d+: child_flow\.states\.provisional\.on\.accept\.runs\[0\]: There is no step 'land_on_branch'/,
      ),
    ]);
    for (const problem of problems) expect(message).toContain(`\n  ${problem}`);
  });

  describe('with a flow of its own that merges without asking', () => {
    const silent = (text: string) => text.replaceAll('human_approval, ', '');
    beforeAll(() => {
      repository.commit('silent-flow', {
        '.phasewright/flows/project.yaml': silent(shippedFlows.project),
        '.phasewright/flows/default.yaml': silent(shippedFlows.default),
      });
    });
    const task = (approval: object) =>
      activities().planTask({
        input: { title: 'Fix', repository: repository.bare, base: 'silent-flow', approval },
        workflowId: 'task.fix',
      });

    it('is refused where approval is required, naming file and line', async () => {
      for (const approval of [{}, { phases: 'required', project: 'none' }]) {
        expect(await failureOf(plan(project({ base: 'silent-flow', approval })))).toMatchObject({
          type: 'InvalidFlow',
          problems: [
            expect.stringMatching(
              /^\.phasewright\/flows\/project\.yaml:\d+:\d+: states\.running\.on\.completed\.runs\[3\]: The project requires approval/,
            ),
          ],
        });
      }
      expect(await failureOf(task({}))).toMatchObject({
        problems: [
          expect.stringMatching(/^\.phasewright\/flows\/default\.yaml:\d+:\d+: .*run human_approval/),
        ],
      });
    });

    it('goes on where no approval is asked for at that gate', async () => {
      const none = { phases: 'none', project: 'required' };
      expect((await plan(project({ base: 'silent-flow', approval: none }))).slug).toBe('shop');
      expect((await task({ project: 'none' })).slug).toBe('fix');
    });
  });

  it('asks people wherever the operator of the worker wants it, whatever the file says', async () => {
    const worker = { requireApproval: true };
    for (const approval of [{ phases: 'none' }, { project: 'none' }])
      expect(await failureOf(plan(project({ approval }), worker))).toMatchObject({
        type: 'InvalidProject',
        problems: [expect.stringContaining('PHASEWRIGHT_REQUIRE_APPROVAL')],
      });
    expect((await plan(project(), worker)).slug).toBe('shop');
  });

  it('says every problem of the input at once, a missing base among them, one per line', async () => {
    const { type, nonRetryable, message, problems } = await failureOf(
      plan({ ...project({ base: 'nowhere', chekcs: [] }), phases: [{ name: '', tasks: [] }] }),
    );
    expect([type, nonRetryable]).toEqual(['InvalidProject', true]);
    expect(problems).toEqual([
      'phases[0].name: The name of the phase is empty.',
      "chekcs: Unknown key 'chekcs'. Did you mean 'checks'?",
      'phases[0].tasks: The phase has no tasks; list at least one, or write `breakdown: true` to have them written.',
      expect.stringMatching(/^base: .*no branch 'nowhere'/),
    ]);
    expect(message.split('\n')).toEqual([
      'The project cannot start; it has 4 problems:',
      ...problems.map((problem) => `  ${problem}`),
    ]);
  });

  it('names a base or a repository that is missing', async () => {
    expect(await failureOf(plan(project({ base: 'nowhere' })))).toMatchObject({
      type: 'BaseNotFound',
      nonRetryable: true,
    });
    expect(await failureOf(plan(project({ repository: join(repository.folder, 'nothing') })))).toMatchObject({
      type: 'RepositoryNotFound',
    });
  });

  it('names a design that is not in the base commit', async () => {
    const { type, problems } = await failureOf(plan(project({ design: 'docs/none.md' })));
    expect(type).toBe('InvalidProject');
    expect(problems[0]).toMatch(
      /^design: There is no file 'docs\/none\.md' in the repository at main \([0-9a-f]{10}\)/,
    );
  });

  it('must run under the workflow id of its slug, over channels that exist, on a code host that is configured', async () => {
    const work = activities().planProject({
      input: project({ slug: 'shop', repository: 'acme/shop', notify: [{ slack: '#x' }] }),
      workflowId: 'project.other',
    });
    const { type, problems } = await failureOf(work);
    expect(type).toBe('InvalidProject');
    expect(problems).toEqual([
      "slug: The workflow id is 'project.other', but it must be 'project.shop'. Start it under that id, or set `slug`.",
      'notify[0]: This worker cannot tell people over slack; it has stdout.',
      expect.stringContaining("repository: 'acme/shop' lives on a code host"),
    ]);
    expect(await failureOf(plan(project({ repository: 'acme/shop' })))).toMatchObject({
      type: 'NoCodeHost',
      nonRetryable: true,
    });
  });

  it('says where the Web UI is, if the worker knows', async () => {
    const { planProject } = createPlanningActivities({
      ...dependencies,
      webUi: 'https://temporal.example.org',
    });
    const made = await planProject({ input: project({}), workflowId: 'project.shop' });
    expect(made.webUi).toBe('https://temporal.example.org');
  });

  it('refuses with a ready agents.yaml if a role has no agent', async () => {
    const phases = [
      { name: 'One', tasks: [{ title: 'Test it', role: 'tester' }] },
      { name: 'Two', breakdown: true },
    ];
    const { type, message } = await failureOf(plan(project({ phases }), { roles: () => ['implementer'] }));
    expect(type).toBe('NoAgent');
    const snippet = message
      .split('\n')
      .filter((line) => line.startsWith('    '))
      .join('\n');
    expect(parseAgents(snippet, 'agents.yaml')).toMatchObject({
      agents: { blueprints: { gatekeeper: {}, tester: {}, breakdown: {} } },
    });
    expect(message).toMatchInlineSnapshot(`
"The project 'shop' cannot start; it has a problem:
  No agent is configured for the roles gatekeeper, tester, breakdown. Write these lines to agents.yaml in the worker's data folder (or the file given with --agents), then restart the worker:
    gatekeeper: { engine: claude-code }
    tester: { engine: claude-code }
    breakdown: { engine: claude-code }
    # if the file is new, also: implementer: { engine: claude-code }
  Any other program works, too: { engine: command, command: 'my-agent --edit' }."
`);
  });
});

describe('planning a standalone task', () => {
  it('gives it a branch and a worktree of its own', async () => {
    const made = await activities().planTask({
      input: { title: 'Fix the typo', repository: repository.bare },
      workflowId: 'task.fix-the-typo',
    });
    expect(made).toMatchObject({
      slug: 'fix-the-typo',
      workspace: { owner: 'task.fix-the-typo', host: 'host-1' },
      branch: 'task/fix-the-typo',
      base: { branch: 'main', sha: repository.tip('main') },
      task: { number: 1, title: 'Fix the typo', role: 'implementer' },
      flow: { start: 'incoming', childFlow: null },
    });
  });

  it('refuses an agent whose program is not there, before anything is made', async () => {
    const work = activities({
      missingPrograms: () => ({ gatekeeper: 'claude', tester: 'unused' }),
    }).planProject({ input: project(), workflowId: 'project.shop' });
    expect(await failureOf(work)).toMatchObject({
      type: 'NoAgent',
      problems: [
        expect.stringContaining(
          "the role gatekeeper is the program 'claude', which is not on the worker's PATH",
        ),
      ],
    });
  });

  it('takes its slug from the id it was started under by hand', async () => {
    const plan = await activities().planTask({
      input: { title: 'Fix', repository: repository.bare },
      workflowId: 'task.other',
    });
    expect(plan).toMatchObject({ slug: 'other', branch: 'task/other' });
  });

  it('refuses a wrong id and wrong keys by name', async () => {
    const wrongId = activities().planTask({
      input: { title: 'Fix', slug: 'fix', repository: repository.bare },
      workflowId: 'task.other',
    });
    expect((await failureOf(wrongId)).problems).toEqual([expect.stringContaining("must be 'task.fix'")]);
    expect(await failureOf(activities().planTask({ input: null, workflowId: 'task.x' }))).toMatchObject({
      type: 'InvalidProject',
    });
  });
});

describe('planning tasks that come later', () => {
  it('answers with tasks, or with every problem', async () => {
    const { planTasks } = activities();
    expect(
      await planTasks({ input: ['Do', { title: 'Then', depends_on: ['Do'] }], existing: [] }),
    ).toMatchObject({
      kind: 'tasks',
      tasks: [{ number: 1 }, { number: 2, dependsOn: [1] }],
    });
    expect(await planTasks({ input: ['Do', 'Do', 3], existing: [] })).toEqual({
      kind: 'invalid',
      problems: [
        expect.stringMatching(/^\[2\]: A task is/),
        expect.stringMatching(/^\[1\]: The title 'Do' is used twice/),
      ],
    });
    expect(await planTasks({ input: 'nonsense', existing: [] })).toMatchObject({ kind: 'invalid' });
    expect(await planTasks({ input: [{ title: 'x', role: 'tester' }], existing: [] })).toMatchObject({
      kind: 'invalid',
      problems: [expect.stringContaining('tester: { engine')],
    });
  });
});
