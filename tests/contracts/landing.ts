/**
 * How a branch gets into its base, whoever owns it: the same cases for a phase, a project and a standalone task. What lands was
 * tested and approved as it lands, what was done is in it, and what people do in between is followed or said.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Decision } from '../../domain/approval/gate.ts';
import type { ResolvedFile } from '../../domain/model/git.ts';
import { armFaults } from '../../activities/support/fault-points.ts';
import { limitConcurrency } from '../support/limit-concurrency.ts';
import { type Person, personAt } from '../support/person.ts';
import {
  gatekeeper,
  implementerAfter,
  type ProjectStatusView,
  type Rig,
  startRig,
  type StatusView,
  type TaskStatusView,
} from '../support/rig.ts';

export const owners = ['phase', 'project', 'task'] as const;
export type Owner = (typeof owners)[number];

interface OpenGate {
  readonly id: string;
  readonly headSha: string;
  readonly number: number;
  /** Files that were in conflict, and how each ended. */
  readonly resolved: readonly ResolvedFile[];
}

/** One landing, and what people do around it. */
interface Landing {
  readonly slug: string;
  readonly branch: string;
  readonly base: string;
  readonly person: Person;
  gate(notThis?: string): Promise<OpenGate>;
  approve(gate: OpenGate): Promise<unknown>;
  reject(gate: OpenGate, comment: string): Promise<unknown>;
  /** Waits for a stop that only a person can end; why. */
  stopped(): Promise<string>;
  retry(feedback?: string): Promise<unknown>;
  /** Waits for the end. */
  landed(): Promise<void>;
  /** Waits for whichever comes; null: the end. */
  landedOrStopped(): Promise<string | null>;
  decisions(): Promise<readonly Decision[]>;
  tip(branch: string): string;
  has(branch: string, file: string): boolean;
  contains(branch: string, sha: string): boolean;
  files(revision: string): readonly string[];
  /** First-parent merges on the branch since it began. */
  merges(branch: string): number;
  /** Waits until the gate's question holds this, or no longer. */
  says(text: string): Promise<void>;
  saysNoMore(text: string): Promise<void>;
  /** Trees that the checks passed on. */
  tested(): readonly string[];
  tree(revision: string): string;
}

/** Agents here also take away what breaks the checks, and resolve conflicts by keeping both sides; the one that shows no marker, when told. */
const mending = [
  implementerAfter(
    `rm -f broken.txt; ls | grep 'txt$' | xargs -r sed -i '/^[<=>]\\{7\\}/d'
     if [ -e both.bin ] && [ "$PHASEWRIGHT_ATTEMPT" -gt 1 ]; then printf agreed > both.bin; fi`,
  ),
  gatekeeper,
];

type Body = (landing: Landing, rig: Rig) => Promise<void>;
interface Case {
  readonly title: string;
  readonly only?: 'local' | 'hosted';
  /** Default: all. */
  readonly of?: readonly Owner[];
  readonly body: (owner: Owner) => Body;
}

const hosts = { local: 'a local repository', github: 'GitHub', gitea: 'Gitea' } as const;

export function landingContract(host: keyof typeof hosts): void {
  const place = host === 'local' ? 'local' : 'hosted';
  for (const owner of owners)
    describe(`the landing of a ${owner} on ${hosts[host]}`, () => {
      let rig: Rig;
      let running = new Map<string, Promise<void>>();
      const mine = cases.filter(({ only = place, of = owners }) => only === place && of.includes(owner));
      beforeAll(async () => {
        rig = await startRig({ entries: mending, codeHost: host !== 'local' && host });
        const limited = limitConcurrency(3);
        running = new Map(
          mine.map(({ title, body }, index) => [
            title,
            limited(async () => body(owner)(await start(rig, owner, `c${index}`), rig)),
          ]),
        );
      });
      afterAll(async () => {
        await Promise.allSettled(running.values());
        await rig.close();
      }, longest);
      for (const { title } of mine) it(title, () => running.get(title), longest);
    });
}

/** All cases together, on a busy machine. */
const longest = 400_000;

async function start(rig: Rig, owner: Owner, name: string): Promise<Landing> {
  const slug = rig.slug(name);
  const log = join(rig.home, `${slug}.trees`);
  const base = `base-${name}`;
  const person = personAt(rig.home, rig.remote);
  person.force(base, rig.git('rev-parse', 'main'));
  person.commit(base, 'before.txt');
  const common = {
    base,
    checks: ['test ! -e broken.txt', `git rev-parse 'HEAD^{tree}' >> '${log}'`],
  };
  const approval =
    owner === 'phase' ? { phases: 'required', project: 'none' } : { phases: 'none', project: 'required' };
  const handle =
    owner === 'task'
      ? await rig.startTask(slug, { ...common, approval: { project: 'required' } })
      : await rig.start(slug, { ...common, approval, phases: [{ name: 'Only', tasks: ['Do it'] }] });
  return driverOf(rig, { owner, slug, base, handle, log, person });
}

function driverOf(
  rig: Rig,
  given: {
    readonly owner: Owner;
    readonly slug: string;
    readonly base: string;
    readonly handle: WorkflowHandle;
    readonly log: string;
    readonly person: Person;
  },
): Landing {
  const { owner, slug, base, handle, log, person } = given;
  const integration = `project/${slug}/integration`;
  const gated = owner === 'phase' ? rig.phase(slug, 1) : handle;
  const into = owner === 'phase' ? integration : base;
  type View = ProjectStatusView | TaskStatusView;
  const until = (what: string, ready: (view: View) => boolean) => rig.until<View>(handle, what, ready);
  const whyOf = (view: View): string => (view.kind === 'task' ? view.detail : (view.waitingFor ?? ''));
  const question = (what: string, ready: (asked: string) => boolean) =>
    rig.until<StatusView>(gated, what, ({ gate }) => ready(gate?.question ?? ''));
  return {
    slug,
    branch:
      owner === 'phase' ? `project/${slug}/phase/1/only` : owner === 'project' ? integration : `task/${slug}`,
    base: into,
    person,
    async gate(notThis) {
      const { gate, pullRequest } = await rig.gate<StatusView>(gated, notThis);
      const { id, headSha, resolved = [] } = gate;
      return { id, headSha: headSha ?? '', number: pullRequest?.number ?? 0, resolved };
    },
    approve: ({ id, headSha }) =>
      gated.executeUpdate('approve', { args: [{ by: 'ann', gateId: id, headSha }] }),
    reject: ({ id }, comment) =>
      gated.executeUpdate('reject', { args: [{ by: 'ann', gateId: id, comment }] }),
    async stopped() {
      return whyOf(await until('a stop', ({ condition }) => condition === 'failed'));
    },
    async landedOrStopped() {
      const view = await until('the end or a stop', ({ condition }) =>
        ['failed', 'done'].includes(condition),
      );
      return view.condition === 'done' ? null : whyOf(view);
    },
    retry: (feedback) =>
      handle.executeUpdate('retry', { args: [feedback === undefined ? {} : { feedback }] }),
    async landed() {
      expect(await handle.result()).toMatchObject({ status: 'done' });
    },
    decisions: async () => (await handle.query<ProjectStatusView | TaskStatusView>('status')).decisions,
    tip: (branch) => rig.git('rev-parse', `refs/heads/${branch}`),
    has: (branch, file) => rig.git('ls-tree', '--name-only', branch, '--', file) !== '',
    contains: (branch, sha) => rig.git('branch', '--list', branch, '--contains', sha) !== '',
    files: (revision) => rig.git('ls-tree', '-r', '--name-only', revision).split('\n'),
    merges: (branch) =>
      Number(rig.git('rev-list', '--count', '--first-parent', '--merges', `main..${branch}`)),
    async says(text) {
      await question(`'${text}' in the question`, (asked) => asked.includes(text));
    },
    async saysNoMore(text) {
      await question(`a question without '${text}'`, (asked) => asked !== '' && !asked.includes(text));
    },
    tested: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    tree: (revision) => rig.git('rev-parse', `${revision}^{tree}`),
  };
}

/** Base holds the head; the tree that is there passed the checks. */
function expectLanded(on: Landing, headSha: string): void {
  expect(on.contains(on.base, headSha)).toBe(true);
  expect(on.tested()).toContain(on.tree(on.base));
}

const cases: readonly Case[] = [
  {
    title: 'brings exactly what was tested and approved',
    body: () => async (on) => {
      const gate = await on.gate();
      const before = on.tip(on.base);
      expect(on.tested()).toContain(on.tree(gate.headSha));
      await on.approve(gate);
      await on.landed();
      expectLanded(on, gate.headSha);
      expect(on.tip(on.base)).not.toBe(before);
    },
  },
  {
    title: 'takes up a base that moved, tests it before it lands, and asks nobody again',
    body: () => async (on) => {
      const gate = await on.gate();
      const theirs = on.person.commit(on.base, 'theirs.txt');
      await on.approve(gate);
      await on.landed();
      expectLanded(on, theirs);
      const [decision, ...others] = await on.decisions();
      expect(others).toEqual([]);
      expect(decision).toMatchObject({ headSha: gate.headSha, carried: { baseSha: theirs } });
      expect(on.contains(on.base, decision?.carried?.headSha ?? '')).toBe(true);
    },
  },
  {
    title: 'never lands on a base that breaks the checks: the agent mends it first',
    body: () => async (on) => {
      const gate = await on.gate();
      on.person.commit(on.base, 'broken.txt');
      await on.approve(gate);
      const again = await on.gate(gate.id);
      expect(on.has(on.base, 'broken.txt')).toBe(true);
      await on.approve(again);
      await on.landed();
      expectLanded(on, again.headSha);
      expect(on.has(on.base, 'broken.txt')).toBe(false);
    },
  },
  {
    title: 'lets an agent finish a merge that conflicts with base',
    body: () => async (on) => {
      const gate = await on.gate();
      const [file = ''] = on.files(gate.headSha).filter((name) => name.startsWith('work-'));
      const theirs = on.person.commit(on.base, file, 'Theirs.\n');
      await on.approve(gate);
      const again = await on.gate(gate.id);
      expect(on.contains(on.branch, theirs)).toBe(true);
      await on.approve(again);
      await on.landed();
      expectLanded(on, theirs);
      expectLanded(on, gate.headSha);
    },
  },
  {
    title: 'lets an agent decide a conflict that shows no marker, and people see how it ended',
    only: 'local',
    body: () => async (on) => {
      const gate = await on.gate();
      on.person.commit(on.branch, 'both.bin', 'ours\0');
      await on.approve(gate).catch(() => undefined);
      const ahead = await on.gate(gate.id);
      const theirs = on.person.commit(on.base, 'both.bin', 'theirs\0');
      await on.approve(ahead);
      const again = await on.gate(ahead.id);
      expect(again.resolved).toEqual([{ path: 'both.bin', kind: 'binary', ended: 'edited' }]);
      await on.approve(again);
      await on.landed();
      expectLanded(on, theirs);
    },
  },
  {
    title: "takes a person's commit on top along: tested, and asked about anew",
    body: () => async (on) => {
      const gate = await on.gate();
      const theirs = on.person.commit(on.branch, 'theirs.txt');
      // On a code host the gate notices by itself; elsewhere the merge does.
      await on.approve(gate).catch(() => undefined);
      const again = await on.gate(gate.id);
      expect(again).toMatchObject({ headSha: theirs, number: gate.number });
      await on.approve(again);
      await on.landed();
      expectLanded(on, theirs);
    },
  },
  {
    title: 'makes a rejection one more commit, on the same pull request',
    body: () => async (on) => {
      const gate = await on.gate();
      await on.reject(gate, 'Say why in the README.');
      const again = await on.gate(gate.id);
      expect(again.number).toBe(gate.number);
      expect(on.contains(on.branch, gate.headSha)).toBe(true);
      await on.approve(again);
      await on.landed();
      expectLanded(on, again.headSha);
    },
  },
  {
    title: 'puts a branch back that was deleted, and lands what was approved',
    only: 'local',
    body: () => async (on) => {
      const gate = await on.gate();
      on.person.deleteBranch(on.branch);
      await on.approve(gate);
      await on.landed();
      expectLanded(on, gate.headSha);
    },
  },
  {
    title: 'puts a branch back that was rewound, and lands what was approved',
    only: 'local',
    body: () => async (on) => {
      const gate = await on.gate();
      on.person.force(on.branch, on.tip(on.base));
      await on.approve(gate);
      await on.landed();
      expectLanded(on, gate.headSha);
    },
  },
  {
    title: 'stops at a branch that somebody overwrote, and goes on when it is put back',
    body: () => async (on) => {
      const gate = await on.gate();
      const theirs = on.person.replace(on.branch, on.base);
      await on.approve(gate).catch(() => undefined);
      expect(await on.stopped()).toContain(`from ${gate.headSha} to ${theirs}; nothing was forced over it.`);
      expect(on.tip(on.branch)).toBe(theirs);
      expect(on.contains(on.base, theirs)).toBe(false);
      on.person.force(on.branch, gate.headSha);
      await on.retry();
      const again = await on.gate(gate.id);
      await on.approve(again);
      await on.landed();
      expectLanded(on, gate.headSha);
    },
  },
  {
    title: 'brings nothing back that base lost, and goes on when it is put there again',
    body: (owner) => async (on) => {
      const gate = await on.gate();
      const before = on.tip(on.base);
      on.person.force(on.base, on.tip('main'));
      await on.approve(gate);
      // The integration branch is the project's own, and is put back; base is people's, who may take away from it.
      if (owner !== 'phase') {
        const why = await on.stopped();
        expect(why).toContain(
          `lacks ${before.slice(0, 10)} 'Change before.txt by hand', which '${on.branch}' is`,
        );
        expect(why).toContain('before.txt');
        expect(on.tip(on.base)).toBe(on.tip('main'));
        on.person.force(on.base, before);
        await on.retry();
        const again = await on.gate(gate.id);
        expect(again.headSha).toBe(gate.headSha);
        await on.approve(again);
      }
      await on.landed();
      expectLanded(on, gate.headSha);
      expect(on.contains(on.base, before)).toBe(true);
    },
  },
  {
    title: 'puts the work on a base with another history when a person retries, without what base lost',
    only: 'local',
    of: ['project', 'task'],
    body: () => async (on) => {
      const gate = await on.gate();
      const before = on.tip(on.base);
      const theirs = on.person.startOver(on.base, 'clean.txt');
      await on.approve(gate);
      await on.stopped();
      await on.retry();
      const again = await on.gate(gate.id);
      expect(again).toMatchObject({ number: gate.number });
      expect(on.files(again.headSha)).not.toContain('before.txt');
      await on.approve(again);
      await on.landed();
      expectLanded(on, again.headSha);
      expect(on.contains(on.base, theirs)).toBe(true);
      expect(on.contains(on.base, before)).toBe(false);
      expect(on.files(on.base).some((name) => name.startsWith('work-'))).toBe(true);
    },
  },
  {
    title: 'follows a merge that somebody made by hand, and makes no second one',
    body: () => async (on) => {
      const gate = await on.gate();
      const merged = on.person.merge(on.branch, on.base);
      await on.approve(gate).catch(() => undefined);
      await on.landed();
      expect(on.tip(on.base)).toBe(merged);
      expectLanded(on, gate.headSha);
    },
  },
  {
    title: 'runs the checks on what somebody merged by hand onto a base that had moved',
    only: 'local',
    body: () => async (on) => {
      const gate = await on.gate();
      on.person.commit(on.base, 'theirs.txt');
      const merged = on.person.merge(on.branch, on.base);
      await on.approve(gate);
      const why = await on.landedOrStopped();
      // Whether it is tested at once or after a person has looked: nothing untested is called done.
      if (why !== null) {
        expect(why).toContain('LandedTreeMismatch');
        await on.retry();
        await on.landed();
      }
      expect(on.tested()).toContain(on.tree(merged));
    },
  },
  {
    title: 'merges once although the answer of the merge is lost',
    only: 'local',
    body: () => async (on) => {
      const gate = await on.gate();
      armFaults('mergePullRequest:effect@1=throw');
      await on.approve(gate);
      await on.landed();
      expectLanded(on, gate.headSha);
      expect(on.merges(on.base)).toBe(1);
    },
  },
  {
    title: 'waits for a pull request that was closed, and goes on when it is reopened',
    only: 'hosted',
    body: () => async (on, rig) => {
      const { number } = await on.gate();
      await rig.hosted?.people.close(number);
      await on.says(`Pull request #${number} was closed. Reopen it to go on.`);
      await rig.hosted?.people.reopen(number);
      await on.saysNoMore('was closed');
      const gate = await on.gate();
      await on.approve(gate);
      await on.landed();
      expectLanded(on, gate.headSha);
    },
  },
  {
    title: 'merges nowhere else than into its base',
    only: 'hosted',
    body: () => async (on, rig) => {
      const gate = await on.gate();
      const { number } = gate;
      const elsewhere = `elsewhere-${on.slug}`;
      on.person.force(elsewhere, on.tip(on.base));
      await rig.hosted?.people.retarget(number, elsewhere);
      await on.says(`retargeted to '${elsewhere}'`);
      await on.approve(gate);
      expect(await on.stopped()).toContain(`retargeted pull request #${number} to '${elsewhere}'`);
      await rig.hosted?.people.retarget(number, on.base);
      await on.landed();
      expectLanded(on, gate.headSha);
      expect(on.contains(elsewhere, gate.headSha)).toBe(false);
    },
  },
  {
    title: 'opens another pull request when somebody merged the first one elsewhere',
    only: 'hosted',
    body: () => async (on, rig) => {
      const gate = await on.gate();
      const { number } = gate;
      const elsewhere = `elsewhere-${on.slug}`;
      on.person.force(elsewhere, on.tip(on.base));
      await rig.hosted?.people.retarget(number, elsewhere);
      await rig.hosted?.people.merge(number);
      expect(await on.stopped()).toContain(`merged pull request #${number} into '${elsewhere}'`);
      await on.retry();
      const again = await on.gate(gate.id);
      expect(again.number).not.toBe(number);
      await on.approve(again);
      await on.landed();
      expectLanded(on, gate.headSha);
    },
  },
];
