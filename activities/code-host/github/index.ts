/**
 * GitHub and GitHub Enterprise as the code host, over REST. What must stay true: reads before writes, so that a repeat after a
 * lost answer finds what it did; a merge names the head that was approved, and is looked at afterwards. README.md says more.
 */
import type { CodeHost } from '../port.ts';
import type { GitHubOptions } from './options.ts';
import { createChecks } from './checks.ts';
import { createClient } from './client.ts';
import { createCredentials, type Credential } from './credentials.ts';
import { freshTokenRefused } from './errors.ts';
import { gitHubLimits, gitHubSecrets } from './guards.ts';
import { hosted } from './map.ts';
import { createMerge } from './merge.ts';
import { createExamination } from './diagnose/examine-base.ts';
import { createRenamed } from './renamed.ts';
import { createPulls } from './pulls.ts';
import { createPermissions } from './permissions.ts';
import { basicCredential } from '../secrets.ts';
import { createConversation } from './conversation.ts';
import { createTransport } from './transport.ts';

export interface GitHub {
  readonly host: CodeHost;
  /** The same repositories for git. */
  readonly git: {
    url(owner: string, name: string): string;
    /**
     * An `Authorization` header, good for the next minutes; another one than `refused` if there is any. Errors as those of the host.
     */
    authorization(owner: string, name: string, refused?: string): Promise<string>;
    /** What the repository is called now, if GitHub sends on from this name. */
    nameNow(
      owner: string,
      name: string,
    ): Promise<{ readonly owner: string; readonly name: string } | undefined>;
  };
  /** The text without any credential that this host has held. */
  redact(text: string): string;
}

const headerOf = ({ token }: Credential): string => `Basic ${basicCredential(token)}`;

/** `InvalidConfig` for an App's key that is none. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { apiUrl, auth, timeoutMs = 30_000, clock = Date.now } = options;
  const webUrl = options.webUrl.replace(/\/+$/, '');
  const secrets = gitHubSecrets();
  const transport = createTransport(apiUrl, timeoutMs);
  const limits = gitHubLimits(clock);
  const credentials = createCredentials({ auth, transport, limits, secrets, clock });
  const client = createClient({ credentials, transport, limits, redact: secrets.redact });
  const checks = createChecks(client);
  const pulls = createPulls(client);
  const talk = createConversation(client, credentials);
  const { mergePullRequest } = createMerge(client, {
    ...pulls,
    listChecks: checks.listChecks,
    listReviews: talk.listReviews,
    identity: credentials.identity,
  });
  const { settledPull: _, ...pullsPort } = pulls;
  return {
    host: {
      ...pullsPort,
      mergePullRequest,
      ...talk,
      ...checks,
      ...createPermissions(client, credentials, clock),
      ...createRenamed(client),
      ...createExamination(client, credentials, webUrl),
    },
    git: {
      url: (owner, name) => `${webUrl}/${owner}/${name}.git`,
      nameNow: (owner, name) => client.nameNow({ kind: 'hosted', owner, name }),
      async authorization(owner, name, refused) {
        const repository = hosted({ kind: 'hosted', owner, name });
        const credential = await credentials.current(repository);
        if (headerOf(credential) !== refused) return headerOf(credential);
        const other = await credentials.renewed(repository, credential);
        if (other === undefined && credential.fresh) throw freshTokenRefused(repository.label);
        return headerOf(other ?? credential);
      },
    },
    redact: secrets.redact,
  };
}
