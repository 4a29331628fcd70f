/** The agents of a benchmark: recorded edits, one file per task with a line more for each project; the gatekeeper accepts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Size } from './side.ts';
import { numbers } from './statistics.ts';

/** Path of the agents file. */
export function writeAgents(folder: string, size: Size): string {
  const script = join(folder, 'script.yaml');
  const edits = numbers(size.phases).flatMap((phase) =>
    numbers(size.tasks).map((task) => ({
      role: 'implementer',
      phase,
      task,
      do: [{ append: { path: `work/${phase}-${task}.txt`, content: 'done\n' } }],
      result: { outcome: 'done', summary: 'wrote a file' },
    })),
  );
  writeFileSync(
    script,
    stringify({ entries: [...edits, { role: 'gatekeeper', result: { decision: 'accept', comments: [] } }] }),
  );
  const agent = { engine: 'script', script, max_instances: 4 };
  const agents = join(folder, 'agents.yaml');
  writeFileSync(agents, stringify({ implementer: agent, gatekeeper: agent }));
  return agents;
}
