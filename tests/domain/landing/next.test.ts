/** Whatever people and machines do in between, what lands was tested and approved, brings nothing back, and leaves out nothing that was done. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apply } from '../../../domain/landing/apply.ts';
import { decide } from '../../../domain/landing/next.ts';
import type { LandingAction, LandingPolicy, LandingState } from '../../../domain/landing/landing.ts';
import { newLanding, retried, withTask } from '../../../domain/landing/state.ts';
import { type Deed, deeds, landedBefore, World } from './world.ts';

const policy = (change: Partial<LandingPolicy> = {}): LandingPolicy => ({
  update: 'rebase',
  pullRequest: true,
  ask: true,
  carry: 'patches',
  askAboutNothing: true,
  method: 'merge',
  checkedOut: 'person_merges',
  redo: true,
  hosted: true,
  branch: 'phase',
  baseBranch: 'base',
  landedSha: null,
  ...change,
});

const policies = fc
  .record({
    update: fc.constantFrom<LandingPolicy['update']>('rebase', 'merge'),
    pullRequest: fc.boolean(),
    ask: fc.boolean(),
    carry: fc.constantFrom<LandingPolicy['carry']>('patches', 'never'),
    hosted: fc.boolean(),
    checkedOut: fc.constantFrom<LandingPolicy['checkedOut']>('person_merges', 'stop'),
    landedSha: fc.constantFrom(null, landedBefore),
  })
  .map((change) => policy(change));

/** Before each action: what people do, whether the worker dies after it, and how the next gate is answered. */
const moments = fc.array(
  fc.record({
    deed: fc.option(fc.constantFrom(...deeds), { nil: null, freq: 3 }),
    crash: fc.boolean(),
    approve: fc.boolean(),
  }),
  { maxLength: 24 },
);
type Moment = { readonly deed: Deed | null; readonly crash: boolean; readonly approve: boolean };

/** After the last moment people only help: they approve, and mend what stops it. */
const calm: Moment = { deed: null, crash: false, approve: true };
const patience = 200;

interface Run {
  readonly world: World;
  readonly state: LandingState;
  readonly asked: readonly string[];
  readonly stops: number;
}

function landAmid(policyOf: LandingPolicy, schedule: readonly Moment[]): Run {
  const world = new World(policyOf);
  const start = world.base;
  const head = world.work(start, 'task-1');
  world.passed.add(world.tree(head));
  let state = withTask(newLanding({ headSha: start, baseSha: start, startSha: start }), {
    headSha: head,
    tested: { sha: head, tree: world.tree(head), checks: [] },
  });
  const asked: string[] = [];
  let stops = 0;
  for (let step = 0; step < schedule.length + patience; step += 1) {
    const { deed, crash, approve } = schedule[step] ?? calm;
    if (deed !== null) world.do(deed);
    const action = decide(policyOf, 'landed', state);
    if (action.kind === 'end') {
      const { landed } = action;
      if (landed.kind === 'landed' || landed.kind === 'nothing') return { world, state, asked, stops };
      if (landed.kind === 'changes') state = revise(world, state);
      else {
        stops += 1;
        world.mend(state, approve);
        state = retried(state);
      }
      continue;
    }
    if (action.kind === 'ask') asked.push(state.headSha);
    guard(policyOf, world, state, action);
    const event = world.perform(action, state, approve);
    // A worker that dies after an effect does it again: everything but a person's answer is safe to repeat.
    const repeated =
      crash && action.kind !== 'ask' && action.kind !== 'await_person'
        ? world.perform(action, state, approve)
        : event;
    if (repeated.kind === 'failed' && world.checksPass(repeated.sha)) world.flaked.add(repeated.sha);
    state = apply(policyOf, state, repeated);
  }
  throw new Error(`It did not end: ${JSON.stringify(decide(policyOf, 'landed', state))}`);
}

/** What must hold at the moment of an action. */
function guard(policyOf: LandingPolicy, world: World, state: LandingState, action: LandingAction): void {
  if (action.kind === 'ask') {
    const nothing = state.nothing || state.headSha === state.startSha;
    if (!nothing && !world.passed.has(world.tree(state.headSha)))
      throw new Error('People are asked about an untested tree.');
    for (const sha of state.required)
      if (!world.holds(state.headSha, sha)) throw new Error('People are asked about less than was done.');
  }
  if (action.kind !== 'merge' || state.confirming) return;
  if (policyOf.ask && !world.isApproved(state.headSha, state.baseSha))
    throw new Error('It merges what nobody approved.');
  if (!world.passed.has(world.tree(state.headSha))) throw new Error('It merges what nobody tested.');
}

/** The next task: on the branch as it is recorded, with the conflict solved and the failure mended. */
function revise(world: World, state: LandingState): LandingState {
  if (world.branch !== state.headSha) {
    // A task's push names the head that it expects; its owner finds out where the branch is, and tries again.
    return retried(state);
  }
  const { end } = state;
  const merge = end?.kind === 'changes' ? end.merge : null;
  // Nothing to mend: the agent says so, and the same head is tested again.
  if (merge === null && world.flaked.has(state.headSha) && world.checksPass(state.headSha))
    return withTask(state, { headSha: state.headSha, tested: null });
  const parents = merge === null ? [state.headSha] : [state.headSha, merge.parentSha];
  const changes = new Set(parents.flatMap((sha) => [...world.at(sha).changes]));
  for (const change of changes) {
    if (change.startsWith('bad')) changes.add(`fix-${change}`);
    if (change.startsWith('clash')) changes.add(`solved-${change}`);
  }
  changes.add(`revision-${world.commits.size}`);
  const sha = world.commit(parents, changes);
  world.branch = sha;
  world.passed.add(world.tree(sha));
  return withTask(state, {
    headSha: sha,
    tested: { sha, tree: world.tree(sha), checks: [] },
    merged: merge,
  });
}

it('never lands what was not tested or what people removed, leaves out nothing that was done, and ends when people answer', () => {
  fc.assert(
    fc.property(policies, moments, (policyOf, schedule) => {
      const { world, state } = landAmid(policyOf, schedule);
      expect(world.at(world.base).changes).toContain('task-1');
      if (policyOf.landedSha !== null) expect(world.at(world.base).changes).toContain('landed-before');
      for (const sha of state.required)
        for (const change of world.at(sha).changes)
          if (!change.startsWith('alien')) expect(world.at(world.base).changes).toContain(change);
      if (state.end?.kind === 'landed') expect(world.passed).toContain(world.tree(state.end.sha));
    }),
    { numRuns: Number(process.env['LANDING_SCHEDULES'] ?? 50_000) },
  );
});

it('asks once however often base moves; where approvals do not carry over, about each head that may land', () => {
  const restless = fc.array(
    fc.record({
      deed: fc.constantFrom<Deed | null>('base_moves', null),
      crash: fc.boolean(),
      approve: fc.constant(true),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(policies, restless, (policyOf, schedule) => {
      const { asked, state, stops } = landAmid({ ...policyOf, ask: true }, schedule);
      expect(stops).toBe(0);
      if (policyOf.carry === 'patches') expect(asked).toHaveLength(1);
      else expect([...new Set(asked), state.headSha]).toEqual([...asked, asked.at(-1)]);
    }),
    { numRuns: 2_000 },
  );
});

describe('rounds that begin anew', () => {
  const pauses = (event: 'base_moved' | 'moved', headSha: string): readonly number[] => {
    let state = newLanding({ headSha, baseSha: 'b', startSha: 'b' });
    return Array.from({ length: 18 }, () => {
      state = apply(policy(), state, { kind: event });
      return state.pauseMs;
    });
  };

  it('wait longer each time, at most a minute, when the branch moves', () => {
    expect(pauses('moved', 'ffff1')).toEqual([
      0,
      1_000,
      2_000,
      4_000,
      8_000,
      16_000,
      32_000,
      ...Array.from({ length: 11 }, () => 60_000),
    ]);
  });

  it('go on at once for longer when only base moves, and then not in its rhythm', () => {
    const quick = Array.from({ length: 8 }, () => 0);
    expect(pauses('base_moved', '00001')).toEqual([
      ...quick,
      500,
      1_000,
      2_000,
      4_000,
      8_000,
      16_000,
      30_000,
      30_000,
      30_000,
      30_000,
    ]);
    expect(pauses('base_moved', 'ffff1').at(-1)).toBe(60_000);
    expect(pauses('base_moved', '7fff1').at(-1)).toBe(45_000);
  });

  it('ask people in spite of a base that never rests, once an approval would carry over', () => {
    const head = { sha: 'aaaa', tree: 't', checks: [] };
    const tested = withTask(newLanding({ headSha: 'b', baseSha: 'b', startSha: 'b' }), {
      headSha: 'aaaa',
      tested: head,
    });
    const askedAfter = (rounds: number, change: Partial<LandingPolicy>) =>
      decide(policy(change), 'landed', { ...tested, rounds, current: 'yes' });
    expect(askedAfter(2, {})).toEqual({ kind: 'open', behind: false });
    expect(askedAfter(3, {})).toEqual({ kind: 'open', behind: true });
    expect(askedAfter(9, { carry: 'never' })).toEqual({ kind: 'open', behind: false });
  });
});
