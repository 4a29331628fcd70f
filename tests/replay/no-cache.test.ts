/** With no workflow kept in memory every workflow task replays the whole history: what is not deterministic shows at once. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recordedProjects } from '../support/recorded-projects.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ maxCachedWorkflows: 0 });
});
afterAll(() => rig.close());

const projects = recordedProjects[0]?.projects ?? [];
const failures = ['workflowTaskFailedEventAttributes', 'workflowExecutionFailedEventAttributes'] as const;

it.each(projects.filter(({ name }) => ['gated', 'retried', 'standalone', 'cancelled'].includes(name)))(
  'goes through with nothing cached: $name',
  async ({ name, run }) => {
    await run(rig);

    const ids =
      name === 'standalone'
        ? ['task.standalone']
        : [`project.${name}`, `project.${name}.phase.1`, `project.${name}.phase.1.task.1`];
    for (const id of ids) {
      const { events } = await rig.client.workflow.getHandle(id).fetchHistory();
      expect(events?.length).toBeGreaterThan(20);
      expect(events?.filter((event) => failures.some((failure) => event[failure] != null))).toEqual([]);
      // Each task was sent with its whole history: sticky queues are for caches.
      const sticky = events?.filter(
        (event) => event.workflowTaskScheduledEventAttributes?.taskQueue?.kind === 2,
      );
      expect(sticky).toEqual([]);
    }
  },
  180_000,
);
