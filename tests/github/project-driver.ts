/** Drives one project or task on GitHub as people do: reviews, comments, plain git. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { git } from '../support/git.ts';
import { type PhaseStatusView, type ProjectStatusView, type TaskStatusView } from '../support/rig.ts';
import { type GitHubFixture, type OpenGate, openGate } from './github-fixture.ts';
import { type Person, personAt } from '../support/person.ts';

type Input = Readonly<Record<string, unknown>>;

export interface ProjectDriver {
  readonly slug: string;
  /** `owner/name`. */
  readonly repo: string;
  /** Its bare repository. */
  readonly path: string;
  readonly handle: WorkflowHandle;
  readonly integration: string;
  readonly branch: (phase: number) => string;
  /** The commits that checks ran on, oldest first. */
  checked(): readonly string[];
  gate(phase: number, notThis?: string): Promise<OpenGate>;
  projectGate(notThis?: string): Promise<OpenGate>;
  phase(what: string, ready: (view: PhaseStatusView) => boolean, number?: number): Promise<PhaseStatusView>;
  project(what: string, ready: (view: ProjectStatusView) => boolean): Promise<ProjectStatusView>;
  /** Waits for a failure that a person's retry would end; its text. */
  failed(): Promise<string>;
  /** Approves by a review of pia's. */
  approve(number: number): void;
  reject(number: number, body: string): void;
  /** Until three looks at the pull request from now on are over. */
  looked(number: number): Promise<void>;
  /** By a comment, once somebody listens. */
  retry(number: number, words?: string): Promise<void>;
  /** A signal to the phase's workflow: decided elsewhere. */
  approveElsewhere(gate: OpenGate, phase?: number): Promise<void>;
  /** How many pull requests we opened. */
  opened(): number;
  tip(branch: string): string;
  tree(revision: string): string;
  /** First the one that it was made on. */
  parents(revision: string): readonly string[];
  /** Whether a commit, by its whole SHA, is in a revision's history. */
  contains(revision: string, sha: string): boolean;
  /** The comments that show what became of gates. */
  shown(number: number): readonly string[];
  /** `phasewright/gate` of a commit, oldest first. */
  statuses(sha: string): readonly string[];
  readonly person: Person;
}

export async function startProject(
  github: GitHubFixture,
  name: string,
  input: Input = {},
): Promise<ProjectDriver> {
  const place = github.repository();
  const slug = github.rig.slug(name);
  const log = join(github.rig.home, `${slug}.checked`);
  const handle = await github.rig.start(slug, {
    repository: place.name,
    checks: [checkOf(log)],
    phases: [{ name: 'Schema', tasks: ['Add table'] }],
    ...input,
  });
  return driverOf(github, { slug, repo: place.name, path: place.path, handle, log });
}

type OfProjects =
  | 'integration'
  | 'branch'
  | 'gate'
  | 'projectGate'
  | 'phase'
  | 'project'
  | 'approveElsewhere';

export interface TaskDriver extends Omit<ProjectDriver, OfProjects> {
  readonly branch: string;
  gate(notThis?: string): Promise<OpenGate>;
  task(what: string, ready: (view: TaskStatusView) => boolean): Promise<TaskStatusView>;
}

export async function startTask(github: GitHubFixture, name: string, input: Input = {}): Promise<TaskDriver> {
  const { rig } = github;
  const { name: repo, path } = github.repository();
  const slug = rig.slug(name);
  const log = join(rig.home, `${slug}.checked`);
  const handle = await rig.startTask(slug, { repository: repo, checks: [checkOf(log)], ...input });
  const task: TaskDriver['task'] = (what, ready) => rig.until(handle, what, ready);
  return {
    ...driverOf(github, { slug, repo, path, handle, log }),
    branch: `task/${slug}`,
    task,
    gate: async (notThis) => openGate(await rig.gate<TaskStatusView>(handle, notThis)),
    failed: async () => (await task('the failure', ({ status }) => status === 'failed')).detail,
  };
}

function driverOf(
  github: GitHubFixture,
  given: Pick<ProjectDriver, 'slug' | 'repo' | 'path' | 'handle'> & { readonly log: string },
): ProjectDriver {
  const { double, rig } = github;
  const { slug, repo, path, handle, log } = given;
  const project: ProjectDriver['project'] = (what, ready) => rig.until(rig.project(slug), what, ready);
  const phase: ProjectDriver['phase'] = (what, ready, number = 1) =>
    rig.until(rig.phase(slug, number), what, ready);
  return {
    slug,
    repo,
    path,
    handle,
    project,
    phase,
    integration: `project/${slug}/integration`,
    branch: (number) => {
      const prefix = `refs/heads/project/${slug}/phase/${number}/`;
      return git(path, 'for-each-ref', '--format=%(refname:lstrip=2)', prefix).split('\n')[0] ?? '';
    },
    checked: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    gate: (number, notThis) => github.gate(slug, number, notThis),
    projectGate: async (notThis) => openGate(await rig.gate<ProjectStatusView>(rig.project(slug), notThis)),
    async failed() {
      const view = await project('a failure', ({ condition }) => condition === 'failed');
      return view.waitingFor ?? '';
    },
    approve: (number) => void double.review({ as: 'pia', repo, number, state: 'APPROVED' }),
    reject: (number, body) =>
      void double.review({ as: 'pia', repo, number, state: 'CHANGES_REQUESTED', body }),
    looked: (number) => github.looked(repo, number),
    async retry(number, words = '') {
      await github.looked(repo, number);
      double.comment({ as: 'pia', repo, number, body: `/retry ${words}`.trim() });
    },
    approveElsewhere: ({ id, head }, number) =>
      (number === undefined ? rig.project(slug) : rig.phase(slug, number)).signal('approve', {
        gateId: id,
        headSha: head,
        by: 'ann',
      }),
    opened: () =>
      double.effects.pullRequestsOpened.filter(({ repository, by }) => repository === repo && by === 'robin')
        .length,
    tip: (branch) => double.tip(repo, branch) ?? '',
    tree: (revision) => git(path, 'rev-parse', `${revision}^{tree}`),
    parents: (revision) => git(path, 'rev-list', '--parents', '--max-count=1', revision).split(' ').slice(1),
    contains: (revision, sha) => git(path, 'merge-base', revision, sha) === sha,
    shown: (number) =>
      (double.pullRequest(repo, number)?.comments ?? [])
        .filter(({ author }) => author === 'robin')
        .map(({ body }) => body.split('\n')[0] ?? ''),
    statuses: (sha) =>
      double.effects.statusesCreated
        .filter((each) => each.repository === repo && each.sha === sha)
        .map(({ what = '' }) => what.replace('phasewright/gate: ', '')),
    person: personAt(rig.home, path),
  };
}

/** Says which commit it ran on; where no sandbox stands in its way. */
const checkOf = (log: string): string => `git rev-parse HEAD >> ${log}`;
