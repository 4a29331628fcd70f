import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amendmentOf } from '../../client/amendment.ts';
import { chooseArtifact, parseArtifact } from '../../client/artifacts.ts';
import { chooseGate, instead, openGates, settle } from '../../client/gates.ts';
import { conditionOf } from '../../client/records.ts';
import { livePollers } from '../../client/pollers.ts';
import { pullRequestsOf } from '../../client/pull-requests.ts';
import { didYouMeanOneOf, similarSlugs } from '../../client/suggestions.ts';
import { candidateSlug } from '../../client/slugs.ts';
import type { Decision } from '../../domain/approval/gate.ts';
import { toAnswer } from '../../domain/messages/messages.ts';
import { slugProblem } from '../../domain/names/slug.ts';
import { at, base, gate, head, phase, project, task } from './views.ts';

describe('the gate an answer is for', () => {
  it("is the open phase's, addressed to the phase's own workflow", () => {
    const status = project({
      phases: [phase(1, { status: 'completed' }), phase(2, { gate: gate({ id: 'phase-2.1' }) })],
    });
    expect(chooseGate(status, {})).toMatchObject({
      phase: 2,
      workflowId: 'project.shop.phase.2',
      gate: { id: 'phase-2.1' },
    });
  });

  it("is the project's own once the phases are through", () => {
    expect(chooseGate(project({ gate: gate({ id: 'project.1' }) }), {})).toMatchObject({
      phase: null,
      workflowId: 'project.shop',
    });
  });

  it("is a standalone task's own", () => {
    expect(openGates(task({ gate: gate({ id: 'task.1' }) }))).toMatchObject([
      { phase: null, workflowId: 'task.fix' },
    ]);
  });

  it('is none when another phase or gate was named', () => {
    const status = project({ phases: [phase(1, { gate: gate() }), phase(2)] });
    expect(chooseGate(status, { phase: 2 })).toBeUndefined();
    expect(() => chooseGate(status, { phase: 9 })).toThrow("There is no phase 9: 'shop' has 2.");
    expect(chooseGate(status, { gateId: 'phase-1.2' })).toBeUndefined();
    expect(chooseGate(status, { phase: 1, gateId: 'phase-1.1' })).toBeDefined();
  });
});

describe('an answer when no gate that fits is open', () => {
  const decided: Decision = {
    gateId: 'phase-1.1',
    action: 'approve',
    by: 'Ada',
    at,
    from: 'cli',
    comment: '',
    headSha: head,
    commandId: 'c',
  };
  const say = (action: 'approve' | 'reject', comment = '') =>
    toAnswer(action, { by: 'Bob', comment }, { commandId: 'other', from: 'cli' });

  it('is a repeat when the same was decided last', () => {
    expect(settle(project({ decisions: [decided] }), say('approve'), {}, at)).toMatchObject({
      kind: 'repeated',
      decision: { by: 'Ada' },
    });
  });

  it('is refused with who decided what when it was decided otherwise', () => {
    expect(settle(project({ decisions: [decided] }), say('reject', 'no'), {}, at)).toMatchObject({
      kind: 'refused',
      code: 'AlreadyDecided',
      message: "Gate 'phase-1.1' was approved by Ada at 2026-11-21T09:00:00.000Z.",
    });
  });

  it("looks only at the named phase's decisions", () => {
    expect(settle(project({ decisions: [decided] }), say('approve'), { phase: 2 }, at)).toMatchObject({
      kind: 'refused',
      code: 'NoOpenGate',
    });
  });

  it('says what happens instead', () => {
    const running = phase(1, {
      status: 'running',
      tasks: [
        {
          number: 1,
          title: 'Add the table',
          status: 'claimed',
          reason: null,
          detail: 'attempt 1: the implementer works',
          attempts: 1,
          commit: null,
        },
      ],
    });
    const settled = settle(project({ phases: [running] }), say('approve'), {}, at);
    expect(settled).toMatchObject({
      kind: 'refused',
      code: 'NoOpenGate',
      message: expect.stringContaining(
        "phase 1 'Data model', task 1 'Add the table' (attempt 1: the implementer works)",
      ),
    });
    expect(instead(project({ waitingFor: 'a merge by hand', condition: 'waiting' }))).toBe(
      'the project waits for a merge by hand',
    );
  });

  it('names the gate that does wait', () => {
    const settled = settle(
      project({ phases: [phase(1, { gate: gate() })] }),
      say('approve'),
      { phase: 2 },
      at,
    );
    expect(settled).toMatchObject({ message: expect.stringContaining('only phase 1 waits') });
  });
});

describe('similar slugs', () => {
  it('are the ones that were probably meant', () => {
    expect(similarSlugs('deploymnets', ['deployments-ui', 'billing', 'shop'])).toEqual(['deployments-ui']);
    expect(similarSlugs('shop', ['web-shop', 'shop-2', 'billing'])).toEqual(['shop-2', 'web-shop']);
    expect(similarSlugs('zzz', ['billing'])).toEqual([]);
  });

  it('never hold a slug twice, nor more than asked for', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.array(fc.string({ maxLength: 20 })), (wanted, all) => {
        const found = similarSlugs(wanted, all, 3);
        expect(found.length).toBeLessThanOrEqual(3);
        expect(new Set(found).size).toBe(found.length);
      }),
    );
  });

  it('read as a question', () => {
    expect(didYouMeanOneOf([])).toBe('');
    expect(didYouMeanOneOf(['a'])).toBe(" Did you mean 'a'?");
    expect(didYouMeanOneOf(['a', 'b', 'c'])).toBe(" Did you mean 'a', 'b' or 'c'?");
  });
});

describe('the next slug', () => {
  it('counts from 2 and stays a slug', () => {
    expect(candidateSlug('shop', 1)).toBe('shop');
    expect(candidateSlug('shop', 2)).toBe('shop-2');
    const slug = fc
      .stringMatching(/^[a-z0-9]+(-[a-z0-9]+){0,6}$/)
      .filter((text) => slugProblem(text) === undefined);
    fc.assert(
      fc.property(slug, fc.integer({ min: 2, max: 1_000 }), (text, nth) => {
        expect(slugProblem(candidateSlug(text, nth))).toBeUndefined();
      }),
    );
  });
});

describe('workers that may answer', () => {
  const look = (seenAt: number, identity: string, alive = true) =>
    livePollers([{ identity, seenAt }], { now: at, host: 'here', isAlive: () => alive }).length;

  it('were seen within the last long poll', () => {
    expect(look(at - 60_000, '12@there')).toBe(1);
    expect(look(at - 120_000, '12@there')).toBe(0);
  });

  it('of this machine must live', () => {
    expect(look(at, '12@here', false)).toBe(0);
    expect(look(at, '12@here', true)).toBe(1);
    expect(look(at, '12@there', false)).toBe(1);
    expect(look(at, 'worker-a', false)).toBe(1);
  });

  it('are found by their real process here', () => {
    const gone = livePollers([{ identity: `${2 ** 22 - 1}@x`, seenAt: at }], { now: at, host: 'x' });
    const here = livePollers([{ identity: `${process.pid}@x`, seenAt: at }], { now: at, host: 'x' });
    expect([gone.length, here.length]).toEqual([0, 1]);
  });
});

describe('how an execution stands', () => {
  it("is the server's word once it has ended", () => {
    expect(conditionOf('COMPLETED', 'waiting')).toBe('done');
    expect(conditionOf('TERMINATED', 'running')).toBe('cancelled');
    expect(conditionOf('FAILED', undefined)).toBe('failed');
    expect(conditionOf('RUNNING', 'paused')).toBe('paused');
    expect(conditionOf('RUNNING', 'nonsense')).toBe('running');
  });
});

describe('an amendment from a file', () => {
  const running = [phase(1, { status: 'completed' }), phase(2), phase(3)];

  it('holds the tasks of phases that have not started, and says what it leaves', () => {
    const written = [
      { name: 'Data model', tasks: ['Something new'] },
      { name: 'API', tasks: ['List', { title: 'Delete' }] },
      { name: 'Frontend', tasks: ['Page'], branch: 'feature/page' },
      { name: 'Docs', tasks: ['Write them'] },
    ];
    expect(amendmentOf(running, written)).toEqual({
      phases: [
        { phase: 2, tasks: ['List', { title: 'Delete' }] },
        { phase: 3, tasks: ['Page'], branch: 'feature/page' },
      ],
      notes: [
        "Phase 1 'Data model' has started (completed); its tasks stay as they are.",
        "Phase 3 stays 'UI' (the file says 'Frontend').",
        "Phase 4 'Docs' is new; phases can't be added to a running project.",
      ],
    });
  });

  it('says which phases the file has lost', () => {
    expect(amendmentOf(running, [{ name: 'Data model', tasks: ['Add the table'] }]).notes).toEqual([
      "Phase 2 'API' is missing in the file and stays; 'phasewright skip' leaves it out.",
      "Phase 3 'UI' is missing in the file and stays; 'phasewright skip' leaves it out.",
    ]);
  });
});

describe('artifacts', () => {
  const all = [
    'shop/1/1/1/log',
    'shop/1/1/2/log',
    'shop/1/1/2/checks.log',
    'shop/1/1/2/checks.2.log',
    'shop/1/1/2/checks.10.log',
    'shop/1/2/1/log',
    'shop/1/2/1/gatekeeper.log',
    'shop/10/1/1/log',
  ]
    .map(parseArtifact)
    .filter((each) => each !== undefined);

  it('are chosen by task, attempt and name, the last by default', () => {
    expect(chooseArtifact(all, {})?.id).toBe('shop/10/1/1/log');
    expect(chooseArtifact(all, { phase: 1, task: 1 })?.id).toBe('shop/1/1/2/log');
    expect(chooseArtifact(all, { phase: 1, task: 1, attempt: 1 })?.id).toBe('shop/1/1/1/log');
    expect(chooseArtifact(all, { phase: 1, name: 'gatekeeper.log' })?.id).toBe('shop/1/2/1/gatekeeper.log');
    expect(chooseArtifact(all, { name: 'checks' })?.id).toBe('shop/1/1/2/checks.10.log');
    expect(chooseArtifact(all, { name: 'checks.log' })?.id).toBe('shop/1/1/2/checks.10.log');
    expect(chooseArtifact(all, { name: 'checks.2.log' })?.id).toBe('shop/1/1/2/checks.2.log');
    expect(chooseArtifact(all, { name: 'checks.1.log' })?.id).toBe('shop/1/1/2/checks.log');
    expect(chooseArtifact(all, { phase: 7 })).toBeUndefined();
  });

  it('that are no attempts are not listed', () => {
    expect(parseArtifact('shop/design.md')).toBeUndefined();
  });
});

describe('pull requests', () => {
  it("come in the order of the phases, the project's own last", () => {
    const status = project({
      phases: [
        phase(1, { pullRequest: { number: 1, url: 'u', state: 'merged' }, headSha: head }),
        phase(2, { pullRequest: { number: 2, url: 'v', state: 'open' }, gate: gate() }),
      ],
      pullRequest: { number: 3, url: 'w', state: 'open' },
    });
    expect(
      pullRequestsOf(status).map((each) => [each.number, each.phase, each.base, each.headSha, each.baseSha]),
    ).toEqual([
      [1, 1, 'project/shop/integration', head, null],
      [2, 2, 'project/shop/integration', head, base],
      [3, null, 'main', null, null],
    ]);
    expect(pullRequestsOf(task())).toEqual([]);
  });
});
