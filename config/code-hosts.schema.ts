/** Settings of code hosts and of their webhooks. */
import { z } from 'zod';
import { codeHostKinds } from '../domain/code-host/kinds.ts';
import type { Setting } from './setting.ts';
import { interval, listen, number, text, token, url } from './values.schema.ts';

export const codeHostSettings = {
  codeHost: {
    flag: null,
    variable: 'PHASEWRIGHT_CODE_HOST',
    schema: z.enum(codeHostKinds, `must be one of ${codeHostKinds.join(', ')}`),
    meaning: 'Where `owner/name` repositories are: github or gitea. Default: the one that is configured.',
  },
  githubToken: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_TOKEN',
    schema: token,
    secret: true,
    meaning: 'A token for GitHub: `owner/name` repositories. Default: none. See [GitHub](github.md).',
  },
  githubAppId: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_APP_ID',
    schema: number,
    meaning: 'The GitHub App to act as, instead of a token; with PHASEWRIGHT_GITHUB_APP_KEY. Default: none.',
  },
  githubAppKey: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_APP_KEY',
    // Where a variable can't hold lines, `\n` stands for their ends.
    schema: text
      .transform((value) => value.replaceAll('\\n', '\n'))
      .pipe(z.string().regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'must be a private key in PEM form')),
    secret: true,
    meaning: "The App's private key (PEM). Default: none.",
  },
  githubAppInstallation: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_APP_INSTALLATION',
    schema: number,
    meaning: "The App's installation. Default: looked up for each repository.",
  },
  githubApi: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_API',
    schema: url,
    meaning:
      "GitHub's REST API; of an Enterprise server `https://HOST/api/v3`. Default: https://api.github.com.",
  },
  githubUrl: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_URL',
    schema: url,
    meaning: 'Where repositories are cloned from. Default: what belongs to the API.',
  },
  githubPoll: {
    flag: null,
    variable: 'PHASEWRIGHT_GITHUB_POLL',
    schema: interval,
    meaning: 'How often a pull request that waits is looked at. Default: 60s.',
  },
  giteaUrl: {
    flag: null,
    variable: 'PHASEWRIGHT_GITEA_URL',
    schema: url,
    meaning: 'The address of your Gitea or Forgejo, e.g. https://git.example.com. Default: none.',
  },
  giteaToken: {
    flag: null,
    variable: 'PHASEWRIGHT_GITEA_TOKEN',
    schema: token,
    secret: true,
    meaning: 'A token for it: `owner/name` repositories. Default: none. See [Gitea](gitea.md).',
  },
  giteaPoll: {
    flag: null,
    variable: 'PHASEWRIGHT_GITEA_POLL',
    schema: interval,
    meaning: 'How often a pull request that waits there is looked at. Default: 60s.',
  },
  webhookSecret: {
    flag: null,
    variable: 'PHASEWRIGHT_WEBHOOK_SECRET',
    schema: text,
    secret: true,
    meaning: "The secret of the code host's webhook, for `phasewright webhooks`. Default: none.",
  },
  webhookListen: {
    flag: '--listen',
    variable: 'PHASEWRIGHT_WEBHOOK_LISTEN',
    schema: listen,
    meaning: 'Where `phasewright webhooks` listens. Default: 127.0.0.1:8234.',
  },
} as const satisfies Readonly<Record<string, Setting>>;
