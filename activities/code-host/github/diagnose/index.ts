/**
 * Looks at a GitHub set-up and says in sentences what is missing and how to mend it, before a project finds out. What must
 * stay true: only reads are sent, no secret is in a finding, and what cannot be found out does not hide the rest.
 */
import { type Diagnostic, problem } from '../../../../domain/model/diagnostic.ts';
import { PortError } from '../../../support/errors.ts';
import type { About } from '../../diagnosis.ts';
import type { Access } from './access.ts';
import { diagnoseApp } from './app.ts';
import { createInspector, type Inspector, type Named, section } from './inspector.ts';
import { diagnoseRepository } from './repository.ts';
import { diagnoseRules } from './rules.ts';
import { diagnoseToken } from './token.ts';
import { diagnoseWebhook } from './webhook.ts';
import type { GitHubOptions } from '../options.ts';

/** Null: only what can be said without a repository. */
export async function diagnoseGitHub(
  options: GitHubOptions,
  repository: Named | null,
  about: About = {},
): Promise<readonly Diagnostic[]> {
  let inspector: Inspector;
  try {
    inspector = createInspector(options);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return [problem('GitHub credential', error.message)];
  }
  const findings = await look(inspector, repository, about);
  return findings.map((finding) => ({ ...finding, detail: inspector.redact(finding.detail) }));
}

async function look(
  inspector: Inspector,
  repository: Named | null,
  about: About,
): Promise<readonly Diagnostic[]> {
  let access: Access = { findings: [] };
  const first = await section('GitHub credential', async () => {
    access = await (inspector.auth.kind === 'token'
      ? diagnoseToken(inspector)
      : diagnoseApp(inspector, inspector.auth, repository));
    return access.findings;
  });
  const { acting } = access;
  if (acting === undefined || repository === null) return first;

  let facts: Awaited<ReturnType<typeof diagnoseRepository>>['facts'];
  const second = await section('Repository', async () => {
    const seen = await diagnoseRepository(inspector, repository, acting, about);
    facts = seen.facts;
    return seen.findings;
  });
  if (facts === undefined) return [...first, ...second];
  const base = about.base ?? facts.defaultBranch;
  const squash = about.mergeMethod === 'squash';
  const { login, kind } = acting;
  const rules = await diagnoseRules(inspector, repository, { base, squash, login, bot: kind === 'app' });
  const webhook = await section('Webhook', () =>
    diagnoseWebhook(inspector, repository, acting, about.webhookUrl),
  );
  return [...first, ...second, ...rules, ...webhook];
}
