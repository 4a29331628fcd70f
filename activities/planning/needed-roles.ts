/** Which roles a plan needs an agent for, and what to say if one is missing. */
import type { Flow } from '../../domain/flow.ts';
import { type PhaseSpec, type Role, roles, type TaskSpec } from '../../domain/project.ts';
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

export function missingAgents(needed: readonly Role[], available: readonly Role[]): readonly Complaint[] {
  const missing = needed.filter((role) => !available.includes(role));
  if (missing.length === 0) return [];
  const snippet = missing.map((role) => `${role}: { engine: claude-code }`);
  const who = missing.length === 1 ? `the role ${missing[0]}` : `the roles ${missing.join(', ')}`;
  return [
    {
      code: 'NoAgent',
      line: [
        `No agent is configured for ${who}. Install the program claude on the worker's PATH, or write these lines to agents.yaml in the worker's data folder (or the file given with --agents), then restart the worker:`,
        ...snippet.map((text) => `    ${text}`),
        "  Any other program works, too: { engine: command, command: 'my-agent --edit' }.",
      ].join('\n'),
    },
  ];
}
