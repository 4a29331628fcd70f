import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PhaseStatusView, type Rig, startRig } from '../support/rig.ts';
import { temporal } from '../support/temporal-command.ts';
describe('probe', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());
  const signals: [string, string[]][] = [
    ['invalid json', ['--name', 'approve', '--input', '{oops', '--input-meta', 'encoding=json/plain']],
    ['binary', ['--name', 'approve', '--input', 'hello', '--input-meta', 'encoding=binary/plain']],
    ['unknown enc', ['--name', 'approve', '--input', 'hello', '--input-meta', 'encoding=made/up']],
    ['null', ['--name', 'approve', '--input', 'null']],
    ['reserved', ['--name', '__temporal_x', '--input', '{}']],
    ['stack', ['--name', '__stack_trace', '--input', '{}']],
    ['gateChanged', ['--name', 'gateChanged']],
    ['questionChanged', ['--name', 'questionChanged', '--input', '"x"']],
  ];
  it.each(signals)(
    '%s',
    async (name, args) => {
      const slug = rig.slug('probe-' + name.replaceAll(' ', '-').toLowerCase());
      const handle = await rig.start(slug, {
        phases: [{ name: 'One', tasks: ['First'] }],
        approval: { project: 'none' },
      });
      await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'gate', (each) => each.gate !== null);
      const out: unknown[] = [];
      for (const id of [`project.${slug}`, `project.${slug}.phase.1`]) {
        const r = await temporal('workflow', 'signal', '--workflow-id', id, ...args);
        await new Promise((res) => setTimeout(res, 800));
        const d = await rig.client.workflow.getHandle(id).describe();
        const s = await Promise.race([
          rig.client.workflow
            .getHandle(id)
            .query('status')
            .then(
              (v) => (v as { refused: unknown }).refused,
              (e: Error) => 'query: ' + e.message,
            ),
          new Promise((res) => setTimeout(res, 3000, 'query timeout')),
        ]);
        out.push([
          id.slice(-8),
          r.code,
          r.stderr.slice(0, 200),
          d.raw.pendingWorkflowTask?.attempt ?? 'no task pending',
          JSON.stringify(s).slice(0, 600),
        ]);
      }
      console.log(name, JSON.stringify(out, null, 1));
      await handle.terminate('probe');
      await rig
        .phase(slug, 1)
        .terminate('probe')
        .catch(() => 0);
      expect(1).toBe(1);
    },
    60_000,
  );
});
