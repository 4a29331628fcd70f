/**
 * Gitea and Forgejo as the code host, over REST. What must stay true: reads before writes, so that a repeat after a lost answer finds
 * what it did; a merge names the head that was approved, and is looked at afterwards. README.md says more.
 */
import type { CodeHost } from '../port.ts';
import { basicCredential, createSecrets } from '../secrets.ts';
import { createChecks } from './checks.ts';
import { createClient } from './client.ts';
import { createConversation } from './conversation.ts';
import { createExamination } from './diagnose/examine-base.ts';
import { createHistory } from './history.ts';
import { createLabels } from './labels.ts';
import { toPullRequest } from './map.ts';
import { createMerge } from './merge.ts';
import type { GiteaOptions } from './options.ts';
import { createPermissions } from './permissions.ts';
import { createPulls } from './pulls.ts';
import { createRecording } from './record-merged.ts';
import { reasonsAgainst } from './rules.ts';
import { createSearch } from './search.ts';
import { createTransport } from './transport.ts';

export interface Gitea {
  readonly host: CodeHost;
  /** The same repositories for git. */
  readonly git: {
    url(owner: string, name: string): string;
    /** An `Authorization` header. */
    authorization(owner: string, name: string): Promise<string>;
  };
  /** The text without the token. */
  redact(text: string): string;
}

export function createGitea(options: GiteaOptions): Gitea {
  const { token, timeoutMs = 30_000, clock = Date.now } = options;
  const url = options.url.replace(/\/+$/, '');
  const secrets = createSecrets('GITEA_TOKEN');
  secrets.hide(token, 'GITEA_TOKEN');
  const transport = createTransport(url, token, timeoutMs);
  const client = createClient({ transport, redact: secrets.redact, clock });
  const history = createHistory(client);
  const { settledPull, readBranch, ...pulls } = createPulls(client, {
    history,
    labels: createLabels(client),
    search: createSearch(client),
  });
  const people = createPermissions(client, clock);
  const { readReviews, ...talk } = createConversation(client, { ...people, settledPull });
  const checks = createChecks(client);
  const rules = { readReviews, listChecks: checks.listChecks };
  return {
    host: {
      ...pulls,
      ...people,
      ...talk,
      ...checks,
      ...createMerge(client, { ...rules, settledPull, readBranch, history }),
      ...createRecording(client, pulls),
      ...createExamination(client, people),

      /** Gitea's API leads from an old name nowhere. */
      findRenamed: async () => null,

      async getPullRequest(id) {
        const pull = await settledPull(id);
        const found = toPullRequest(pull);
        if (found.state !== 'open') return found;
        const mergeable = pull.settled ? found.mergeable : null;
        const branch = await readBranch(id.repository, found.base.branch);
        const reasons = await reasonsAgainst(rules, id, pull, branch);
        return { ...found, mergeable, blocked: reasons.length > 0 };
      },
    },
    git: {
      url: (owner, name) => `${url}/${owner}/${name}.git`,
      authorization: async () => `Basic ${basicCredential(token)}`,
    },
    redact: secrets.redact,
  };
}
