/**
 * `npm test [-- Jest's arguments]` runs the core; `npm run test:<suite>` another suite; a path under tests/ runs just that.
 * Brings what the tests need (the temporal command, the time-skipping server, for the suite `gitea` a Gitea) with visible
 * progress, and ends each suite, and all of them, with one line of totals. Exits with 1 if anything failed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { findTemporalCli } from '../../temporal/cli.ts';
import { findTestServer } from '../../temporal/test-server.ts';
import { elapsed } from './elapsed.ts';
import { cachedGitea, findGitea } from './gitea/find.ts';
import { runJest } from './run-jest.ts';
import { filesOf, isSuiteName, suiteNames } from './suites.ts';
import { sumOf, type Totals, totalsLine } from './totals.ts';

interface Part {
  readonly name: string;
  readonly args: readonly string[];
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'phasewright-tests-'));
process.exitCode = await run(partsOf(process.argv.slice(2))).finally(() =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
);

/** Suites by name (`all`: each of them), then Jest's arguments. */
function partsOf(argv: readonly string[]): readonly Part[] {
  const firstArgument = [...argv, '--'].findIndex((text) => text !== 'all' && !isSuiteName(text));
  const named = argv.slice(0, firstArgument);
  const args = argv.slice(firstArgument);
  if (named.length === 0 && args.some((text) => /^(\.\/)?tests(\/|$)|\.test\.ts$/.test(text)))
    return [{ name: 'tests', args }];
  const names = named.includes('all') ? suiteNames : named.filter(isSuiteName);
  return (names.length === 0 ? (['core'] as const) : names).map((name) => ({
    name,
    args: [...args, '--testMatch', ...filesOf(name).map((file) => `**/${file}`)],
  }));
}

async function run(parts: readonly Part[]): Promise<number> {
  const began = Date.now();
  const env = await prepare(parts.some(needsGitea));
  const ended: Totals[] = [];
  for (const [index, part] of parts.entries()) {
    const { name, args } = part;
    if (parts.length > 1)
      say(`Suite ${index + 1} of ${parts.length}: ${name}, after ${elapsed(Date.now() - began)}`);
    if (needsGitea(part) && env.PHASEWRIGHT_TEST_GITEA === '') {
      // Its tests would be skipped, which is not what was asked for.
      const missing: Totals = { passed: 0, failed: 1, skipped: [] };
      ended.push(missing);
      conclude(missing);
      continue;
    }
    const own = join(folder, name);
    mkdirSync(own);
    const { interrupted, ...totals } = await runJest({ name, folder: own, env, args, say });
    ended.push(totals);
    conclude(totals);
    if (interrupted) break;
  }
  const total = sumOf(ended);
  if (parts.length > 1) {
    say(`All ${ended.length} suites, after ${elapsed(Date.now() - began)}`);
    conclude(total);
  }
  return total.failed === 0 ? 0 : 1;
}

function conclude(totals: Totals): void {
  const { skipped } = totals;
  // Many: a pattern of names was given.
  if (skipped.length > 20) say(`Skipped: ${skipped.length} tests`);
  else for (const name of skipped) say(`Skipped: ${name}`);
  process.stdout.write(`${totalsLine(totals)}\n`);
}

/** A server or data folder of the person who runs the tests is none of the tests' business. */
async function prepare(buildGitea: boolean): Promise<NodeJS.ProcessEnv> {
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|PHASEWRIGHT_TEST_)/.test(name)),
  );
  const env = {
    ...own,
    PHASEWRIGHT_HOME: join(folder, 'home'),
    TEMPORAL_CONFIG_FILE: join(folder, 'no-profile.toml'),
  };
  const { cacheDir, searchPath, temporalCli, download } = loadConfig({ env });
  const cli = await findTemporalCli({ log: say, cacheDir, searchPath, cliPath: temporalCli, download });
  const testServer = await findTestServer({ log: say, cacheDir, download });
  const gitea = buildGitea
    ? await findGitea({ log: say, cacheDir }).catch((error: Error) => say(error.message))
    : cachedGitea(cacheDir);
  if (gitea === undefined && !buildGitea)
    say(
      'There is no Gitea: tests on it are skipped. npm run test:gitea builds it, once, in about 5 minutes.',
    );
  return {
    ...env,
    PHASEWRIGHT_TEST_CLI: cli.path,
    PHASEWRIGHT_TEST_SERVER: JSON.stringify(testServer),
    PHASEWRIGHT_TEST_GITEA: gitea ?? '',
  };
}

/** Others run without it: nobody waits for a build that they didn't ask for. */
function needsGitea({ name, args }: Part): boolean {
  return name === 'gitea' || args.some((text) => /^(\.\/)?tests\/gitea(\/|$)/.test(text));
}
