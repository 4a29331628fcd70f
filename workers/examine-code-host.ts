/** What `phasewright doctor` asks about a code host, as a process of its own: only workers join adapters with settings. Prints the findings as one line of JSON. */
import { parseArgs } from 'node:util';
import { diagnoseGitea } from '../activities/code-host/gitea/diagnose/index.ts';
import type { About, Named } from '../activities/code-host/diagnosis.ts';
import { diagnoseGitHub } from '../activities/code-host/github/diagnose/index.ts';
import { type Config, loadConfig } from '../config/load.ts';
import { type CodeHostKind, codeHostKinds, codeHostNames } from '../domain/code-host/kinds.ts';
import type { Diagnostic } from '../domain/model/diagnostic.ts';
import { parseRepository } from '../domain/project-file/repository.ts';

type Examination = (
  config: Config,
  repository: Named | null,
  about: About,
) => Promise<readonly Diagnostic[]> | undefined;

const examinations: Readonly<Record<CodeHostKind, Examination>> = {
  github: ({ github }, ...asked) => github && diagnoseGitHub(github, ...asked),
  gitea: ({ gitea }, ...asked) => gitea && diagnoseGitea(gitea, ...asked),
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      host: { type: 'string' },
      repository: { type: 'string' },
      base: { type: 'string' },
      'merge-method': { type: 'string' },
      webhook: { type: 'string' },
    },
  });
  const { home, host, repository, base, webhook, 'merge-method': method } = values;
  const kind = codeHostKinds.find((each) => each === host);
  if (kind === undefined) throw new Error(`'${host}' is none of ${codeHostKinds.join(', ')}.`);
  const findings = await examinations[kind](loadConfig({ flags: { dataDir: home } }), named(repository), {
    base,
    webhookUrl: webhook,
    mergeMethod: method === 'squash' ? 'squash' : 'merge',
  });
  if (findings === undefined) throw new Error(`${codeHostNames[kind]} is not configured.`);
  process.stdout.write(`${JSON.stringify(findings)}\n`);
}

function named(written: string | undefined): Named | null {
  if (written === undefined) return null;
  const parsed = parseRepository(written);
  if (!('repository' in parsed) || parsed.repository.kind !== 'hosted')
    throw new Error(`'${written}' is not owner/name.`);
  return parsed.repository;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
