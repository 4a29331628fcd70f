/**
 * Looks at a set-up with Gitea or Forgejo and says in sentences what is missing and how to mend it, before a project finds out.
 * What must stay true: only reads are sent, no secret is in a finding, and what cannot be found out does not hide the rest.
 */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';
import type { RepositoryRef } from '../../../../domain/model/project.ts';
import { type About, type Named, sectionsOf } from '../../diagnosis.ts';
import { createSecrets } from '../../secrets.ts';
import { type Client, createClient } from '../client.ts';
import type { GiteaOptions } from '../options.ts';
import { createTransport } from '../transport.ts';
import type { GiteaRepository } from './answers.schema.ts';
import { diagnoseRepository, judgeMerging } from './repository.ts';
import { diagnoseBase, diagnoseWork, rulesOf } from './rules.ts';
import { diagnoseServer } from './server.ts';
import { type Acting, diagnoseToken } from './token.ts';
import { diagnoseWebhook } from './webhook.ts';

const section = sectionsOf('Gitea');

/** Null: only what can be said without a repository. */
export async function diagnoseGitea(
  { url, token, timeoutMs = patienceMs, clock = Date.now }: GiteaOptions,
  repository: Named | null,
  about: About = {},
): Promise<readonly Diagnostic[]> {
  const { hide, redact } = createSecrets('GITEA_TOKEN');
  hide(token, 'GITEA_TOKEN');
  const client = createClient({ transport: createTransport(url, token, timeoutMs), redact, clock });
  const named = repository === null ? null : ({ kind: 'hosted', ...repository } as const);
  const findings = await look(client, url, named, about);
  return findings.map((finding) => ({ ...finding, detail: redact(finding.detail) }));
}

/** A person waits for the answer. */
const patienceMs = 10_000;

async function look(
  client: Client,
  url: string,
  repository: RepositoryRef | null,
  about: About,
): Promise<readonly Diagnostic[]> {
  const server = await section('Gitea', () => diagnoseServer(client, url));
  if (server.some(({ what, state }) => what === 'Gitea' && state === 'problem')) return server;
  let acting: Acting | undefined;
  const token = await section('Gitea token', async () => {
    const found = await diagnoseToken(client);
    acting = found.acting;
    return found.findings;
  });
  if (acting === undefined || repository === null) return [...server, ...token];
  return [...server, ...token, ...(await lookAt(client, repository, { ...about, login: acting.login }))];
}

/** Names as projects have them; nobody makes these. */
const examples = ['project/doctor/integration', 'project/doctor/phase/1/first', 'task/doctor'];

async function lookAt(
  client: Client,
  repository: RepositoryRef,
  { login, base: named, mergeMethod, webhookUrl }: About & Acting,
): Promise<readonly Diagnostic[]> {
  let seen: GiteaRepository | undefined;
  const first = await section('Repository', async () => {
    const found = await diagnoseRepository(client, repository, { login });
    seen = found.seen;
    return found.findings;
  });
  if (seen === undefined) return first;
  const base = named ?? seen.default_branch;
  const squash = mergeMethod === 'squash';
  const work = "Rules of 'project/**'";
  const rules = await section(`Rules of '${base}'`, async () => {
    const all = await rulesOf(client, repository);
    return [
      ...(await diagnoseBase(client, repository, all, { base, squash, login })),
      ...diagnoseWork(all, examples, { what: work, login }),
    ];
  });
  return [
    ...first,
    ...judgeMerging(seen, { squash, mergesPhases: true }),
    ...rules,
    ...(await section('Webhook', () => diagnoseWebhook(client, repository, webhookUrl))),
  ];
}
