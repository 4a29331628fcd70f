/** A project on GitHub in a test: the double, people with their rights, and a worker that acts as a machine user. */
import type { GitHubSettings } from '../../config/github.ts';
import type { ProjectStatusView, StatusView } from '../../domain/views/status.ts';
import { eventually } from '../support/eventually.ts';
import { type GitHubDouble, startGitHubDouble } from '../support/github-double/index.ts';
import { type AtGate, type Rig, type RigOptions, startRig } from '../support/rig.ts';

export const token = 'ghp_canaryOfTheMachineUser0123456789abcd';

export interface GitHubFixture {
  readonly double: GitHubDouble;
  readonly rig: Rig;
  /** `owner/name` of the repository, new for every call. */
  repository(): { readonly name: string; readonly path: string };
  project(slug: string): Promise<ProjectStatusView>;
  /** Waits for the open gate of a phase, and answers with its pull request's number and head. */
  gate(slug: string, phase: number, notThis?: string): Promise<OpenGate>;
  /**
   * Until the worker has looked at a pull request so often from now on. Three: at what there was before, at what came then, and
   * again with all of that known. What is said after it is news to whoever listens; what has not happened by then does not.
   */
  looked(repo: string, number: number, times?: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenGate {
  readonly id: string;
  readonly number: number;
  readonly head: string;
  readonly question: string;
}

export async function startGitHubFixture(
  options: Omit<RigOptions, 'github'> & {
    readonly pollMs?: number;
    /** As whom the worker acts; default: robin, by a token. */
    readonly as?: (double: GitHubDouble) => GitHubSettings['auth'];
  } = {},
): Promise<GitHubFixture> {
  const { pollMs = 500, as = () => ({ kind: 'token', token }), ...rest } = options;
  const double = await startGitHubDouble();
  double.addUser('robin', { kind: 'user', token });
  for (const person of ['pia', 'quinn']) double.addUser(person);
  double.addUser('stranger', { permission: 'read' });
  const rig = await startRig({ ...rest, github: { ...settings(double.url, pollMs), auth: as(double) } });
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
    gate: async (slug, phase, notThis) => openGate(await rig.gate(rig.phase(slug, phase), notThis)),
    async looked(repo, number, times = 3) {
      const from = double.exchanges.length;
      const looks = () =>
        double.exchanges
          .slice(from)
          .filter(
            ({ operation, login, path }) =>
              operation === 'pulls/get' && login === 'robin' && path === `/repos/${repo}/pulls/${number}`,
          ).length;
      await eventually(`${times} looks at #${number} of ${repo}`, () => looks() >= times);
    },
    async close() {
      await rig.close();
      await double.close();
    },
  };
  return github;
}

export function openGate({ gate, pullRequest }: AtGate<StatusView>): OpenGate {
  if (gate.headSha === null || pullRequest === null) throw new Error(`Gate ${gate.id} has no pull request.`);
  return { id: gate.id, number: pullRequest.number, head: gate.headSha, question: gate.question };
}

export const settings = (url: string, pollMs: number): GitHubSettings => ({
  apiUrl: url,
  webUrl: url,
  auth: { kind: 'token', token },
  pollMs,
});
