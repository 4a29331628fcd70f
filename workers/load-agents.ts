/** Reads agents.yaml when a worker starts, with everything that can be checked before an agent is needed. */
import { accessSync, constants, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { defaultAgents, parseAgents } from '../domain/agents/blueprints.schema.ts';
import type { AgentsConfig, Blueprint } from '../domain/agents/blueprints.ts';
import type { Role } from '../domain/model/project.ts';
import { formatDuration } from '../domain/text/duration.ts';
import { problemLine, problemsText } from '../domain/yaml/problem.ts';
import { PortError } from '../activities/support/errors.ts';
import type { Environment } from '../activities/support/environment.ts';
import { readScripts } from '../activities/agent/script/index.ts';

/**
 * `file` (from --agents), else `agents.yaml` in the data folder, else the defaults. Throws `InvalidAgents` with every
 * problem. A default without `claude` on the PATH has no blueprints: starting a project then fails with `NoAgent`.
 */
export async function loadAgents(from: {
  readonly file?: string | undefined;
  readonly dataDir: string;
  readonly environment: Environment;
}): Promise<AgentsConfig> {
  const path = resolve(from.file ?? join(from.dataDir, 'agents.yaml'));
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && from.file === undefined) return undefined;
    throw new PortError('InvalidAgents', `The agents file ${path} cannot be read: ${error.message}.`, {
      cause: error,
    });
  });
  if (text === undefined) return defaultAgents({ claudeOnPath: isOnPath('claude', from.environment) });

  const parsed = parseAgents(text, path, { env: from.environment });
  if ('problems' in parsed) {
    const problems = parsed.problems.map(problemLine);
    throw new PortError('InvalidAgents', problemsText(`${path} has problems:`, problems), { problems });
  }
  const blueprints = Object.fromEntries(
    Object.entries(parsed.agents.blueprints).map(([role, blueprint]) => [
      role,
      withAbsoluteScripts(blueprint, dirname(path)),
    ]),
  );
  const scripts = Object.values(blueprints).flatMap((blueprint) =>
    blueprint.engine === 'script' ? blueprint.scripts : [],
  );
  await readScripts([...new Set(scripts)]);
  return { ...parsed.agents, blueprints };
}

function withAbsoluteScripts(blueprint: Blueprint, folder: string): Blueprint {
  if (blueprint.engine !== 'script') return blueprint;
  return { ...blueprint, scripts: blueprint.scripts.map((script) => resolve(folder, script)) };
}

/** True if a program of this name could be started. */
export function isOnPath(program: string, environment: Environment): boolean {
  return (environment['PATH'] ?? '').split(delimiter).some((folder) => {
    if (folder === '') return false;
    try {
      accessSync(join(folder, program), constants.X_OK);
      return statSync(join(folder, program)).isFile();
    } catch {
      return false;
    }
  });
}

/** The programs that cannot be found now, by role: asked when a project starts, so that installing one needs no restart. */
export function missingPrograms(
  { blueprints }: AgentsConfig,
  environment: Environment,
): Readonly<Partial<Record<Role, string>>> {
  const programs = Object.entries(blueprints).map(
    ([role, blueprint]) => [role, programOf(blueprint)] as const,
  );
  const missing = programs.filter(
    ([, program]) => program !== undefined && !program.includes('/') && !isOnPath(program, environment),
  );
  return Object.fromEntries(missing);
}

/** A shell line may be anything; a script needs no program. */
function programOf(blueprint: Blueprint): string | undefined {
  if (blueprint.engine === 'claude-code') return blueprint.program;
  return blueprint.engine === 'command' && !('shell' in blueprint.command) ? blueprint.command[0] : undefined;
}

/** One line per role, for a worker to say when it starts; that nothing is confined is said loudly. */
export function describeAgents({ source, blueprints }: AgentsConfig): readonly string[] {
  const lines = Object.entries(blueprints).map(([role, blueprint]) => {
    const timeout =
      blueprint.limits.timeoutMs === null ? '' : `, at most ${formatDuration(blueprint.limits.timeoutMs)}`;
    return `${role}: ${blueprint.engine}, ${blueprint.maxInstances} at once${timeout}`;
  });
  if (lines.length === 0) return [`Agents: none (${source}).`];
  return [
    `Agents (${source}):`,
    ...lines.map((line) => `  ${line}`),
    "WARNING: agents run without a sandbox, with all rights of this worker's user. Use a user, container or machine that holds nothing else.",
  ];
}
