/** What a code host is asked: hours of waiting on the time-skipping server, every request that counts from the host's own journal. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle } from '@temporalio/client';
import { searchAttributes } from '../../domain/names/search-attributes.ts';
import {
  noApprovals,
  quietRuntime,
  type Rig,
  type ProjectStatusView,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';
import { hostedName } from '../support/rig-code-host.ts';
import type { ProtectionOptions } from '../support/github-double/accounts.ts';
import { timeSkippingEnvironment } from '../support/servers.ts';

let environment: TestWorkflowEnvironment;
let rig: Rig;
beforeAll(async () => {
  quietRuntime();
  environment = await timeSkippingEnvironment();
  // This server can add attributes, but not list them.
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.entries(searchAttributes).map(([name, type]) => [name, type === 'INT' ? 3 : 2]),
    ),
  });
  rig = await startRig({ address: environment.address, codeHost: true, pollMs: 60_000 });
});
afterAll(async () => {
  await rig?.close();
  await environment?.teardown();
});

/** Requests that count for GitHub's limit, by what they were. */
function counted(from: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, route, status } of rig.codeHost?.exchanges.slice(from) ?? []) {
    if (route === null || route.startsWith('git ') || status === 304) continue;
    const key = `${method} ${route.replace(/^\S+ \/repos\/\{owner\}\/\{repo\}/, '')}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, each) => all + each, 0);
const seen = (): number => rig.codeHost?.exchanges.length ?? 0;

describe('waiting for rules', () => {
  /** A standalone task that these rules hold up for this reason; they are gone after `mend`. */
  async function heldUp(name: string, rules: ProtectionOptions, why: RegExp): Promise<WorkflowHandle> {
    rig.codeHost?.setProtection(hostedName, 'main', rules);
    const handle = await rig.startTask(rig.slug(name), noApprovals);
    await rig.until<TaskStatusView>(handle, 'the rule', (each) => why.test(each.waitingFor ?? ''));
    return handle;
  }
  const mend = () => rig.codeHost?.setProtection(hostedName, 'main', null);
  const isDone = async (handle: WorkflowHandle) =>
    expect(await handle.result()).toMatchObject({ status: 'done' });

  async function hourCosts(): Promise<void> {
    const from = seen();
    await environment.sleep(3_600_000);
    const counts = counted(from);
    expect([counts, sum(counts) > 20 && sum(counts) <= 60]).toEqual([counts, true]);
  }

  it('costs at most sixty counted requests an hour, and ends with the hint of a webhook', async () => {
    const hidden = ['A conversation must be resolved.'];
    const handle = await heldUp('hinted', { kind: 'ruleset', hidden }, /conversation/);
    await hourCosts();
    mend();
    const from = seen();
    await handle.signal('codeHostChanged', { repository: hostedName, number: null });
    await isDone(handle);
    // The look that the hint asked for, the merge's own, and perhaps a poll in between.
    expect(counted(from)['GET /pulls/{pull_number}']).toBeLessThanOrEqual(3);
  });

  it('costs no more where only the refusal shows the rule, and ends when a person asks for a retry', async () => {
    const handle = await heldUp('asked', { linearHistory: true }, /must not contain merge commits/);
    await hourCosts();
    await expect(handle.executeUpdate('retry', { args: [{ feedback: 'Blue.' }] })).rejects.toMatchObject({
      cause: { type: 'NotWaiting' },
    });
    mend();
    const from = seen();
    await handle.executeUpdate('retry', { args: [{}] });
    await isDone(handle);
    expect(counted(from)).toMatchObject({ 'PUT /pulls/{pull_number}/merge': 1 });
  });
});

it('a phase that rules hold up goes on as soon as a person asks its project', async () => {
  const slug = rig.slug('phase');
  const input = { ...noApprovals, phases: [{ name: 'One', tasks: ['Do it'] }] };
  const hidden = ['A conversation must be resolved.'];
  rig.codeHost?.setProtection(hostedName, `project/${slug}/integration`, { hidden });
  const handle = await rig.start(slug, input);
  const held = (each: ProjectStatusView) => /conversation/.test(each.waitingFor ?? '');
  await rig.until<ProjectStatusView>(handle, 'the rule', held);
  rig.codeHost?.setProtection(hostedName, `project/${slug}/integration`, null);
  await handle.executeUpdate('retry', { args: [{}] });
  expect(await handle.result()).toMatchObject({ status: 'done' });
});

it('a project costs a dozen counted requests and ten a phase', async () => {
  const from = seen();
  const phases = [1, 2].map((number) => ({ name: `Phase ${number}`, tasks: ['Do it'] }));
  const handle = await rig.start(rig.slug('counted'), { ...noApprovals, phases });
  expect(await handle.result()).toMatchObject({ status: 'done' });
  const counts = counted(from);
  expect([counts, sum(counts) <= 32]).toEqual([counts, true]);
});
