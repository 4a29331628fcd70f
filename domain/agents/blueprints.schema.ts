/**
 * agents.yaml: a blueprint per role. It belongs to the worker's operator, who trusts it; it is never read from the
 * repository that agents work on. A malformed entry is an error, never skipped; every problem is reported at once.
 */
import { type AgentsConfig, type Blueprint, engineNames } from './blueprints.ts';
import { type Shape, shapes } from './blueprint-shapes.schema.ts';
import { toFindings } from '../yaml/issues.schema.ts';
import { type Finding, type Problem, didYouMean } from '../yaml/problem.ts';
import { type Role, roles } from '../model/project.ts';
import { readYaml } from '../yaml/source.schema.ts';

export type ParsedAgents = { readonly agents: AgentsConfig } | { readonly problems: readonly Problem[] };

const MIB = 1024 * 1024;

/** Engines that the design knows and this version does not have. */
const laterEngines = ['anthropic', 'acp', 'external'];
const laterRoles = ['product_owner', 'devops', 'recovery'];

/** With `env` (the worker's environment), variables that a blueprint names but nobody set are problems, too. */
export function parseAgents(
  source: string,
  fileName: string,
  { env }: { readonly env?: Readonly<Record<string, string | undefined>> } = {},
): ParsedAgents {
  const read = readYaml(source, fileName);
  if ('problems' in read) return read;
  const findings: Finding[] = [];
  const blueprints: Partial<Record<Role, Blueprint>> = {};
  const { value } = read.source;
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Object.keys(value).length === 0
  ) {
    findings.push({ path: [], message: `This must be a map of roles (${roles.join(', ')}) to blueprints.` });
  } else {
    for (const [role, entry] of Object.entries(value)) {
      const parsed = parseBlueprint(role, entry, env);
      if (Array.isArray(parsed)) findings.push(...parsed);
      else blueprints[role as Role] = parsed as Blueprint;
    }
  }
  if (findings.length > 0) return { problems: findings.map((finding) => read.source.locate(finding)) };
  return { agents: { source: fileName, blueprints } };
}

function parseBlueprint(
  role: string,
  entry: unknown,
  env: Readonly<Record<string, string | undefined>> | undefined,
): Blueprint | readonly Finding[] {
  if (!roles.some((known) => known === role))
    return [{ path: [role], onKey: true, message: unknownRole(role) }];
  const engine: unknown =
    typeof entry === 'object' && entry !== null && 'engine' in entry ? entry.engine : undefined;
  const known = engineNames.find((name) => name === engine);
  if (known === undefined)
    return [{ path: engine === undefined ? [role] : [role, 'engine'], message: unknownEngine(engine) }];

  const parsed = shapes[known].safeParse(entry);
  if (!parsed.success) return toFindings(parsed.error.issues, [role]);
  const missing = parsed.data.env.flatMap((name, index) =>
    env === undefined || env[name] !== undefined
      ? []
      : [
          {
            path: [role, 'env', index],
            message: `${name} is not set in the worker's environment: set it, or remove the name.`,
          },
        ],
  );
  return missing.length > 0 ? missing : toBlueprint(parsed.data);
}

function toBlueprint(shape: Shape): Blueprint {
  const common = {
    maxInstances: shape.max_instances,
    limits: { timeoutMs: shape.limits.timeout ?? null, logBytes: shape.limits.log_mib * MIB },
    sandbox: shape.sandbox,
    prompt: shape.prompt,
    env: shape.env,
    set: shape.set,
  };
  switch (shape.engine) {
    case 'command':
      return {
        ...common,
        engine: 'command',
        command:
          shape.argv === undefined ? { shell: shape.command ?? '' } : (shape.argv as [string, ...string[]]),
      };
    case 'claude-code':
      return {
        ...common,
        engine: 'claude-code',
        program: shape.program,
        model: shape.model ?? null,
        maxTurns: shape.max_turns ?? null,
        permissionMode: shape.permission_mode,
        tools: shape.tools,
      };
    case 'script':
      return {
        ...common,
        engine: 'script',
        scripts: typeof shape.script === 'string' ? [shape.script] : shape.script,
        paceMs: shape.pace_ms,
      };
  }
}

function unknownRole(role: string): string {
  if (laterRoles.includes(role))
    return `The role '${role}' is not available in this version. Roles: ${roles.join(', ')}.`;
  return `There is no role '${role}'. Roles: ${roles.join(', ')}.${didYouMean(role, roles)}`;
}

function unknownEngine(engine: unknown): string {
  const choice = `Engines: ${engineNames.join(', ')}.`;
  if (engine === undefined) return `A blueprint needs an 'engine'. ${choice}`;
  if (typeof engine !== 'string') return `The engine must be text. ${choice}`;
  if (laterEngines.includes(engine))
    return `The engine '${engine}' is not available in this version. ${choice}`;
  return `There is no engine '${engine}'. ${choice}${didYouMean(engine, engineNames)}`;
}

/** What is used when there is no agents.yaml: Claude Code for implementer and gatekeeper, if it is installed; else nothing. */
export function defaultAgents({ claudeOnPath }: { readonly claudeOnPath: boolean }): AgentsConfig {
  if (!claudeOnPath) return { source: "no agents.yaml, and no 'claude' on the PATH", blueprints: {} };
  const parsed = parseAgents(
    'implementer: { engine: claude-code }\ngatekeeper: { engine: claude-code }\n',
    'defaults',
  );
  if ('problems' in parsed) throw new Error('The default blueprints are not valid.');
  return { ...parsed.agents, source: "no agents.yaml: 'claude' from the PATH" };
}

/** A ready agents.yaml: what `init` writes and what `NoAgent` shows. */
export function agentsSnippet(): string {
  return `# agents.yaml: which program does the work of each role. It belongs to the worker, not to the repository.
# Put it into the data folder, or name it with --agents.
implementer:
  engine: claude-code            # the 'claude' program, logged in or with ANTHROPIC_API_KEY set
  max_instances: 1               # how many may run at once on this host
  tools: { allow: ['Bash(npm test)'] }
gatekeeper:
  engine: claude-code

# Any other program works, too: it starts in the worktree with the prompt on standard input and writes its result
# as JSON to $PHASEWRIGHT_RESULT_FILE.
# implementer:
#   engine: command
#   command: my-agent --edit
#   env: [MY_AGENT_KEY]          # the program sees no other variable of the worker
`;
}
