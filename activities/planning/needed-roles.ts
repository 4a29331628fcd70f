/** Which roles a plan needs an agent for, and what to say if one is missing. */
import type { Flow } from '../../domain/flow/flow.ts';
import { type PhaseSpec, type Role, roles, type TaskSpec } from '../../domain/model/project.ts';
import type { Complaint } from './complaints.ts';

export function neededRoles(
  flow: Flow,
  phases: readonly Pick<PhaseSpec, 'breakdown' | 'tasks'>[],
): readonly Role[] {
  const states = [flow, flow.childFlow].flatMap((definition) => Object.values(definition?.states ?? {}));
  const needed = new Set<Role>([
    ...states.flatMap(({ work }) => (work.kind === 'role' ? [work.role] : [])),
    ...phases.flatMap(({ tasks }) => tasks.map((task: TaskSpec) => task.role)),
    ...phases.flatMap(({ breakdown }) => (breakdown ? (['breakdown'] as const) : [])),
  ]);
  return roles.filter((role) => needed.has(role));
}

/** An agent that is configured but whose program is not there would use up every attempt. */
export function absentPrograms(
  needed: readonly Role[],
  missing: Readonly<Partial<Record<Role, string>>>,
): readonly Complaint[] {
  return needed.flatMap((role) => {
    const program = missing[role];
    if (program === undefined) return [];
    return [
      {
        code: 'NoAgent' as const,
        line: `The agent of the role ${role} is the program '${program}', which is not on the worker's PATH. Install it, or name another one in agents.yaml.`,
      },
    ];
  });
}

export function missingAgents(needed: readonly Role[], available: readonly Role[]): readonly Complaint[] {
  const missing = needed.filter((role) => !available.includes(role));
  if (missing.length === 0) return [];
  const line = (role: Role): string => `${role}: { engine: claude-code }`;
  // A new agents.yaml replaces the defaults, so it must name the roles that have an agent now as well.
  const others = needed
    .filter((role) => available.includes(role))
    .map((role) => `# if the file is new, also: ${line(role)}`);
  const byDefault = missing.every((role) => role === 'implementer' || role === 'gatekeeper')
    ? "Install the program claude on the worker's PATH, or write"
    : 'Write';
  const who = missing.length === 1 ? `the role ${missing[0]}` : `the roles ${missing.join(', ')}`;
  return [
    {
      code: 'NoAgent',
      line: [
        `No agent is configured for ${who}. ${byDefault} these lines to agents.yaml in the worker's data folder (or the file given with --agents), then restart the worker:`,
        ...[...missing.map(line), ...others].map((text) => `    ${text}`),
        "  Any other program works, too: { engine: command, command: 'my-agent --edit' }.",
      ].join('\n'),
    },
  ];
}
