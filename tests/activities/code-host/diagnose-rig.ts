/** A GitHub double with one repository, looked at as doctor does. */
import { diagnoseGitHub } from '../../../activities/code-host/github/diagnose/index.ts';
import type { About } from '../../../activities/code-host/diagnosis.ts';
import type { GitHubOptions } from '../../../activities/code-host/github/options.ts';
import type { Diagnostic } from '../../../domain/model/diagnostic.ts';
import type { AppCredentials } from '../../support/github-double/accounts.ts';
import { type GitHubDouble, startGitHubDouble } from '../../support/github-double/index.ts';

export const canaries = {
  token: 'ghp_canaryOfTheDoctor0000000000000001',
  webhook: 'canary-in-the-webhook-url',
};

export const enough = {
  contents: 'write',
  pull_requests: 'write',
  statuses: 'write',
  metadata: 'read',
  checks: 'read',
  workflows: 'write',
} as const;

export interface Examination {
  readonly findings: readonly Diagnostic[];
  /** `state what: detail`, one line each. */
  readonly text: string;
  readonly states: Readonly<Record<string, Diagnostic['state']>>;
}

export interface ExamineRig {
  readonly double: GitHubDouble;
  /** Null: without a repository. */
  look(options?: Partial<GitHubOptions>, about?: About, name?: string | null): Promise<Examination>;
  asApp(app: AppCredentials, installationId?: number): Partial<GitHubOptions>;
  close(): Promise<void>;
}

/** Throws if anything was sent that GitHub does not describe, that is no read, or if a secret is shown. */
export async function startExamineRig(): Promise<ExamineRig> {
  const double = await startGitHubDouble();
  double.createRepository('acme/shop');
  const secrets: string[] = Object.values(canaries);
  return {
    double,
    async look(options = {}, about = {}, name = 'shop') {
      const findings = await diagnoseGitHub(
        {
          apiUrl: double.url,
          webUrl: double.url,
          auth: { kind: 'token', token: canaries.token },
          ...options,
        },
        name === null ? null : { owner: 'acme', name },
        about,
      );
      const text = findings.map(({ what, state, detail }) => `${state} ${what}: ${detail}`).join('\n');
      const shown = secrets.filter((secret) => text.includes(secret));
      if (shown.length > 0) throw new Error(`Secrets are shown: ${shown.join(', ')}`);
      return { findings, text, states: Object.fromEntries(findings.map(({ what, state }) => [what, state])) };
    },
    asApp({ appId, privateKey }, installationId) {
      secrets.push(...privateKey.split('\n').filter((line) => line.length > 20 && !line.startsWith('--')));
      return {
        auth: { kind: 'app', appId: String(appId), privateKey, installationId: installationId ?? null },
      };
    },
    async close() {
      const wrong = double.nonConforming();
      const writes = double.exchanges.filter(
        ({ method, route }) => method !== 'GET' && route?.endsWith('/access_tokens') !== true,
      );
      await double.close();
      if (wrong.length + writes.length > 0)
        throw new Error(`Not as it should be: ${JSON.stringify([wrong, writes])}`);
    },
  };
}
