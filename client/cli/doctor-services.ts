/** What can be checked about services that a worker is given credentials for: GitHub, and where people are told. */
import type { Config } from '../../config/load.ts';
import { type Diagnostic, ok, problem } from '../../domain/model/diagnostic.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { runProgram } from './processes.ts';

export interface GitHubQuestion {
  /** `owner/name`. */
  readonly repository?: string | undefined;
  readonly base?: string | undefined;
  readonly mergeMethod?: string | undefined;
  readonly webhook?: string | undefined;
}

const limitMs = 60_000;

/** The adapter speaks to GitHub in a process of its own, as workers do: no client imports one. */
export async function diagnoseCodeHost(
  config: Config,
  { repository, base, mergeMethod, webhook }: GitHubQuestion,
): Promise<readonly Diagnostic[]> {
  if (config.github === undefined) {
    const detail = 'not configured; owner/name repositories are turned away. docs/github.md';
    return [repository === undefined ? ok('GitHub', detail) : problem('GitHub', detail)];
  }
  const given = { repository, base, 'merge-method': mergeMethod, webhook };
  const flags = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  const signal = AbortSignal.timeout(limitMs);
  try {
    const run = await runProgram('workers/examine-github', [`--home=${config.dataDir}`, ...flags], {
      env: config.environment,
      signal,
    });
    if (run.exitCode === 0) return JSON.parse(run.stdout) as readonly Diagnostic[];
    return [problem('GitHub', `It could not be looked at: ${endSentence(run.stderr)}`)];
  } catch (error) {
    if (signal.aborted)
      return [
        problem('GitHub', `It took longer than ${limitMs / 1_000} s to look at ${config.github.apiUrl}.`),
      ];
    return [problem('GitHub', `It could not be looked at: ${endSentence((error as Error).message)}`)];
  }
}

/** Names only. */
export function channels({ secrets }: Config): Diagnostic {
  const given = (['slack', 'discord', 'telegram'] as const).filter((name) => secrets[name] !== undefined);
  const webhook = `webhook (${secrets.notices === undefined ? 'unsigned' : 'signed'})`;
  return ok('Notification channels', ['stdout', webhook, ...given].join(', '));
}
