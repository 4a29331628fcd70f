/** What `phasewright doctor` asks about GitHub, as a process of its own: only workers join adapters with settings. Prints the findings as one line of JSON. */
import { parseArgs } from 'node:util';
import { diagnoseGitHub } from '../activities/code-host/github/diagnose/index.ts';
import { loadConfig } from '../config/load.ts';
import { parseRepository } from '../domain/project-file/repository.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      repository: { type: 'string' },
      base: { type: 'string' },
      'merge-method': { type: 'string' },
      webhook: { type: 'string' },
    },
  });
  const { home, repository, base, webhook, 'merge-method': method } = values;
  const { github } = loadConfig({ flags: { dataDir: home } });
  if (github === undefined) throw new Error('GitHub is not configured.');
  const mergeMethod = method === 'squash' ? 'squash' : 'merge';
  const findings = await diagnoseGitHub(github, named(repository), {
    base,
    webhookUrl: webhook,
    mergeMethod,
  });
  process.stdout.write(`${JSON.stringify(findings)}\n`);
}

function named(written: string | undefined): { readonly owner: string; readonly name: string } | null {
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
