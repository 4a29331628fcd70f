/** A base that other people move all the time: what was approved lands on it, and people are asked once, unless they see something new. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { type Person, personAt } from '../support/person.ts';
import { type RestlessBase, restlessBase } from '../support/restless-base.ts';
import { gatekeeper, implementerAfter, type Rig, startRig, type StatusView } from '../support/rig.ts';

const lines = (seventh: string, fifth = 'line 5'): string =>
  ['line 1', 'line 2', 'line 3', 'line 4', fifth, 'line 6', seventh, 'line 8', 'line 9', ''].join('\n');

let rig: Rig;
let person: Person;
beforeAll(async () => {
  rig = await startRig({
    files: { 'text.txt': lines('line 7') },
    entries: [implementerAfter("sed -i 's/^line 7$/line SEVEN/' text.txt"), gatekeeper],
  });
  person = personAt(rig.home, rig.repository);
});
afterAll(() => rig.close());

interface Landing {
  readonly base: string;
  readonly branch: string;
  readonly handle: WorkflowHandle;
  readonly mover: RestlessBase;
}

function place(name: string) {
  const slug = rig.slug(name);
  const base = `base-${name}`;
  person.force(base, rig.git('rev-parse', 'main'));
  const mover = restlessBase({ home: rig.home, repository: rig.repository, base });
  return { slug, base, mover, common: { base, checks: ['grep -q SEVEN text.txt', mover.check] } };
}

async function startProject(name: string): Promise<Landing> {
  const { slug, base, mover, common } = place(name);
  const handle = await rig.start(slug, {
    ...common,
    approval: { phases: 'none' },
    phases: [{ name: 'Only', tasks: ['Do it'] }],
  });
  return { base, branch: `project/${slug}/integration`, handle, mover };
}

const approve = (
  { handle }: Landing,
  { id, headSha }: { readonly id: string; readonly headSha: string | null },
) => handle.executeUpdate('approve', { args: [{ by: 'ann', gateId: id, headSha }] });

async function gateOf({ handle }: Landing, notThis?: string) {
  const { gate } = await rig.gate<StatusView>(handle, notThis);
  return gate;
}
const decisionsOf = async ({ handle }: Landing) => (await handle.query<StatusView>('status')).decisions;
const tip = (branch: string) => rig.git('rev-parse', branch);

describe('a base that moves all the time', () => {
  it('gets what was approved once, brought up to it and tested as often as it takes', async () => {
    const on = await startProject('busy');
    const gate = await gateOf(on);
    on.mover.moves(4);
    const theirs = person.commit(on.base, 'theirs.txt');
    await approve(on, gate);
    expect(await on.handle.result()).toMatchObject({ status: 'done', mergedSha: tip(on.base) });
    const [before = '', head = ''] = rig.git('log', '-1', '--format=%P', on.base).split(' ');
    expect(await decisionsOf(on)).toEqual([
      expect.objectContaining({
        by: 'ann',
        headSha: gate.headSha,
        carried: { headSha: head, baseSha: before },
      }),
    ]);
    expect(tip(`${on.base}^{tree}`)).toBe(tip(`${head}^{tree}`));
    expect(rig.git('show', '--format=', '--name-only', `${theirs}..${before}`).split('\n')).toHaveLength(4);
  });

  it('does not keep people from being asked, is told of after a while, and gets a standalone task once it rests', async () => {
    const { slug, base, mover, common } = place('restless');
    mover.moves(1_000);
    const handle = await rig.startTask(slug, common);
    const on = { base, branch: `task/${slug}`, handle, mover };
    const gate = await gateOf(on);
    expect(tip(base)).not.toBe(gate.baseSha);
    await approve(on, gate);
    const { waitingFor } = await rig.until<StatusView>(
      handle,
      'that base should rest',
      (view) => view.waitingFor?.startsWith(`'${base}' to rest: `) === true,
    );
    expect(waitingFor).toContain('The approval stands.');
    mover.moves(0);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(await decisionsOf(on)).toHaveLength(1);
  });

  it('is asked about again when it changes what people saw around the work', async () => {
    const on = await startProject('near');
    const gate = await gateOf(on);
    person.commit(on.base, 'text.txt', lines('line 7', 'line FIVE'));
    await approve(on, gate);
    const again = await gateOf(on, gate.id);
    expect(rig.git('show', `${again.headSha}:text.txt`)).toBe(lines('line SEVEN', 'line FIVE').trimEnd());
    await approve(on, again);
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
    expect((await decisionsOf(on)).map(({ carried }) => carried)).toEqual([undefined, undefined]);
  });

  it('is asked about after each of its moves once people have amended the project so', async () => {
    const on = await startProject('never');
    const gate = await gateOf(on);
    expect(await on.handle.executeUpdate('amend', { args: [{ carry: 'never' }] })).toMatchObject({
      message: 'Amended: approvals never carry over.',
    });
    person.commit(on.base, 'theirs.txt');
    await approve(on, gate);
    const again = await gateOf(on, gate.id);
    expect(again.headSha).toBe(tip(on.branch));
    await approve(on, again);
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
  });
});
