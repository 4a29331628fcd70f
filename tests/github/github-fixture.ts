/** A project on GitHub in a test: the double, people with their rights, and a worker that acts as a machine user. */
import type { GitHubSettings } from '../../config/github.ts';
import type { PhaseStatusView, ProjectStatusView } from '../../domain/views/status.ts';
import { type GitHubDouble, startGitHubDouble } from '../support/github-double/index.ts';
import { type Rig, type RigOptions, startRig } from '../support/rig.ts';

export const token = 'ghp_canaryOfTheMachineUser0123456789abcd';

export interface GitHubFixture {
  readonly double: GitHubDouble;
  readonly rig: Rig;
  /** `owner/name` of the repository, new for every call. */
  repository(): { readonly name: string; readonly path: string };
  project(slug: string): Promise<ProjectStatusView>;
  /** Waits for the open gate of a phase, and answers with its pull request's number and head. */
  gate(slug: string, phase: number, notThis?: string): Promise<OpenGate>;
  close(): Promise<void>;
}

export interface OpenGate {
  readonly id: string;
  readonly number: number;
  readonly head: string;
  readonly question: string;
}

export async function startGitHubFixture(
  options: Omit<RigOptions, 'github'> & { readonly pollMs?: number } = {},
): Promise<GitHubFixture> {
  const { pollMs = 500, ...rest } = options;
  const double = await startGitHubDouble();
  double.addUser('robin', { kind: 'user', token });
  for (const person of ['pia', 'quinn']) double.addUser(person);
  double.addUser('stranger', { permission: 'read' });
  const rig = await startRig({ ...rest, github: settings(double.url, pollMs) });
  let repositories = 0;

  const github: GitHubFixture = {
    double,
    rig,
    repository() {
      repositories += 1;
      const name = `acme/shop-${repositories}`;
      return { name, path: double.createRepository(name) };
    },
    project: (slug) => rig.status(slug),
    async gate(slug, phase, notThis) {
      const view = await rig.until<PhaseStatusView>(
        rig.phase(slug, phase),
        `the gate of phase ${phase}`,
        ({ gate, pullRequest }) => gate !== null && gate.id !== notThis && pullRequest !== null,
      );
      const { gate, pullRequest } = view;
      if (gate?.headSha == null || pullRequest === null) throw new Error('The gate closed by itself.');
      return { id: gate.id, number: pullRequest.number, head: gate.headSha, question: gate.question };
    },
    async close() {
      await rig.close();
      await double.close();
    },
  };
  return github;
}

export const settings = (url: string, pollMs: number): GitHubSettings => ({
  apiUrl: url,
  webUrl: url,
  auth: { kind: 'token', token },
  pollMs,
});
