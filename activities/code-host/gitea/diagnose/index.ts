/**
 * Looks at a set-up with Gitea or Forgejo and says in sentences what is missing and how to mend it, before a project finds out.
 * What must stay true: only reads are sent, no secret is in a finding, and what cannot be found out does not hide the rest.
 */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';
import { type About, type Named, sectionsOf } from '../../diagnosis.ts';
import { createInspector, type Inspector, type InspectorOptions } from './inspector.ts';
import { diagnoseRepository, judgeMerging, type Seen } from './repository.ts';
import { diagnoseBase, diagnoseWork, rulesOf } from './rules.ts';
import { diagnoseServer } from './server.ts';
import { type Acting, diagnoseToken } from './token.ts';
import { diagnoseWebhook } from './webhook.ts';

const section = sectionsOf('Gitea');

/** Null: only what can be said without a repository. */
export async function diagnoseGitea(
  options: InspectorOptions,
  repository: Named | null,
  about: About = {},
): Promise<readonly Diagnostic[]> {
  const inspector = createInspector(options);
  const findings = await look(inspector, repository, about);
  return findings.map((finding) => ({ ...finding, detail: inspector.redact(finding.detail) }));
}

async function look(
  inspector: Inspector,
  repository: Named | null,
  about: About,
): Promise<readonly Diagnostic[]> {
  const server = await section('Gitea', () => diagnoseServer(inspector));
  if (server.some(({ what, state }) => what === 'Gitea' && state === 'problem')) return server;
  let acting: Acting | undefined;
  const token = await section('Gitea token', async () => {
    const found = await diagnoseToken(inspector);
    acting = found.acting;
    return found.findings;
  });
  if (acting === undefined || repository === null) return [...server, ...token];
  return [...server, ...token, ...(await lookAt(inspector, repository, { ...about, login: acting.login }))];
}

/** Names as projects have them; nobody makes these. */
const examples = ['project/doctor/integration', 'project/doctor/phase/1/first', 'task/doctor'];

async function lookAt(
  inspector: Inspector,
  repository: Named,
  { login, base: named, mergeMethod, webhookUrl }: About & Acting,
): Promise<readonly Diagnostic[]> {
  let seen: Seen | undefined;
  const first = await section('Repository', async () => {
    const found = await diagnoseRepository(inspector, repository, { login });
    seen = found.seen;
    return found.findings;
  });
  if (seen === undefined) return first;
  const base = named ?? seen.default_branch;
  const squash = mergeMethod === 'squash';
  const work = "Rules of 'project/**'";
  const rules = await section(`Rules of '${base}'`, async () => {
    const all = await rulesOf(inspector, repository);
    return [
      ...(await diagnoseBase(inspector, repository, all, { base, squash, login })),
      ...diagnoseWork(all, examples, { what: work, login }),
    ];
  });
  return [
    ...first,
    ...judgeMerging(seen, { squash, mergesPhases: true }),
    ...rules,
    ...(await section('Webhook', () => diagnoseWebhook(inspector, repository, webhookUrl))),
  ];
}
