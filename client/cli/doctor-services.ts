/** What can be checked about services that a worker is given credentials for: code hosts, and where people are told. */
import type { Config } from '../../config/load.ts';
import { type CodeHostKind, codeHostKinds, codeHostNames } from '../../domain/code-host/kinds.ts';
import { type Diagnostic, ok, problem } from '../../domain/model/diagnostic.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { runProgram } from './processes.ts';

export interface CodeHostQuestion {
  /** `owner/name`. */
  readonly repository?: string | undefined;
  readonly base?: string | undefined;
  readonly mergeMethod?: string | undefined;
  readonly webhook?: string | undefined;
}

const limitMs = 60_000;

/** Each that is configured; the repository where `owner/name` leads. */
export async function diagnoseCodeHosts(
  config: Config,
  question: CodeHostQuestion,
): Promise<readonly Diagnostic[]> {
  const configured = codeHostKinds.filter((kind) => config[kind] !== undefined);
  if (configured.length === 0) {
    const state = question.repository === undefined ? ok : problem;
    return [
      state(
        'Code host',
        'none is configured; owner/name repositories are turned away. docs/github.md, docs/gitea.md',
      ),
    ];
  }
  const found: Diagnostic[] = [];
  for (const kind of configured)
    found.push(...(await examine(config, kind, kind === config.codeHost ? question : {})));
  return found;
}

/** The adapter speaks to its host in a process of its own, as workers do: no client imports one. */
async function examine(
  config: Config,
  kind: CodeHostKind,
  { repository, base, mergeMethod, webhook }: CodeHostQuestion,
): Promise<readonly Diagnostic[]> {
  const given = { home: config.dataDir, host: kind, repository, base, 'merge-method': mergeMethod, webhook };
  const flags = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  const unseen = (why: string): readonly Diagnostic[] => [problem(codeHostNames[kind], why)];
  const signal = AbortSignal.timeout(limitMs);
  try {
    const run = await runProgram('workers/examine-code-host', flags, { env: config.environment, signal });
    if (run.exitCode === 0) return JSON.parse(run.stdout) as readonly Diagnostic[];
    return unseen(`It could not be looked at: ${endSentence(run.stderr)}`);
  } catch (error) {
    if (signal.aborted) return unseen(`It took longer than ${limitMs / 1_000} s to look at it.`);
    return unseen(`It could not be looked at: ${endSentence((error as Error).message)}`);
  }
}

/** Names only. */
export function channels({ secrets }: Config): Diagnostic {
  const given = (['slack', 'discord', 'telegram'] as const).filter((name) => secrets[name] !== undefined);
  const webhook = `webhook (${secrets.notices === undefined ? 'unsigned' : 'signed'})`;
  return ok('Notification channels', ['stdout', webhook, ...given].join(', '));
}
