/** How a set-up is looked at: as whoever the credential is, and as whoever works on the repository. Only reads. */
import { createAppAuth } from '@octokit/auth-app';
import type { Octokit } from '@octokit/rest';
import { type Named, sectionsOf } from '../../diagnosis.ts';
import { createClient, type Work } from '../client.ts';
import { createCredentials } from '../credentials.ts';
import { isAnswer, toGitHubError } from '../errors.ts';
import type { GitHubAuth } from '../../../../domain/code-host/github-access.ts';
import type { GitHubOptions } from '../options.ts';
import { gitHubLimits, gitHubSecrets } from '../guards.ts';
import { createTransport } from '../transport.ts';

export type { Named };

export interface Inspector {
  readonly auth: GitHubAuth;
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly clock: () => number;
  readonly redact: (text: string) => string;
  /** As the token's account, or as the App itself. */
  ask<T>(on: string, what: string, work: (octokit: Octokit) => Promise<T>): Promise<T>;
  /** As whoever works on this repository: for an App, its installation there. */
  read<T>(repository: Named, what: string, work: Work<T>): Promise<T>;
}

/** A person waits for the answer. */
const timeoutMs = 10_000;

/** `InvalidConfig` for an App's key that is none. */
export function createInspector({
  auth,
  apiUrl,
  webUrl,
  timeoutMs: given,
  clock = Date.now,
}: GitHubOptions): Inspector {
  const secrets = gitHubSecrets();
  const { redact } = secrets;
  const transport = createTransport(apiUrl, given ?? timeoutMs);
  const limits = gitHubLimits(clock);
  const credentials = createCredentials({ auth, transport, limits, secrets, clock });
  const client = createClient({ credentials, transport, limits, redact });
  const octokit =
    auth.kind === 'token'
      ? transport.octokit((send) => send(`token ${auth.token}`))
      : transport.octokit((send) => send(), {
          authStrategy: createAppAuth,
          auth: { appId: auth.appId, privateKey: auth.privateKey.replaceAll('\\n', '\n') },
        });
  return {
    auth,
    apiUrl,
    webUrl: webUrl.replace(/\/+$/, ''),
    clock,
    redact,
    async ask(on, what, work) {
      try {
        return await work(octokit);
      } catch (error) {
        limits.learn(on, error);
        throw toGitHubError(error, { on, what, write: false }, redact);
      }
    },
    read: ({ owner, name }, what, work) => client.seek({ kind: 'hosted', owner, name }, what, work),
  };
}

/** Undefined for what does not exist, or may not be seen. */
export const unlessHidden = (error: unknown): undefined => {
  if (isAnswer(error, 'missing', 'refused')) return undefined;
  throw error;
};

export const section = sectionsOf('GitHub');
