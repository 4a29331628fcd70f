import { describe, expect, it } from '@jest/globals';
import { pendingLines } from '../../client/cli/text/pending-text.ts';
import { changes } from '../../client/cli/text/changes.ts';
import { bar, fold, oneLine, plain, relative, span, table, widthOf } from '../../client/cli/text/lines.ts';
import { listText, pullRequestsText } from '../../client/cli/text/list-text.ts';
import { startText } from '../../client/cli/text/start-text.ts';
import { reviewText } from '../../client/cli/text/review-text.ts';
import { statusText } from '../../client/cli/text/status-text.ts';
import { at, gate, head, pending, phase, project, record, task } from './views.ts';

const view = { style: plain, now: at };
const done = {
  number: 1,
  title: 'Add the table',
  status: 'done',
  reason: null,
  detail: 'done',
  attempts: 1,
  commit: head,
} as const;

describe('folding', () => {
  it('breaks at spaces, indents what goes on, and keeps long words and colours whole', () => {
    expect(fold('  Waits for a person to say yes', 16)).toEqual([
      '  Waits for a',
      '    person to',
      '    say yes',
    ]);
    expect(fold('phasewright approve pocket-ledger', 12)).toEqual([
      'phasewright',
      '  approve',
      '  pocket-ledger',
    ]);
    expect(fold('\u001b[33mone two\u001b[39m', 7)).toEqual(['\u001b[33mone two\u001b[39m']);
    expect(fold('', 10)).toEqual(['']);
  });
});

describe('the text of a status', () => {
  it('shows the phases, what is awaited and the commands that answer it', () => {
    const phases = [
      phase(1, {
        status: 'awaiting_approval',
        gate: gate(),
        pullRequest: { number: 1, url: 'u', state: 'open' },
        tasks: [done, { ...done, number: 2, title: 'Add 🚀 the index', attempts: 3 }],
      }),
      phase(2),
    ];
    const text = statusText(
      project({
        condition: 'waiting',
        waitingFor: 'approval',
        phases,
        cost: { usd: 1.5, tokens: 12_345, unknown: false },
      }),
      view,
    );
    expect(text).toMatchInlineSnapshot(`
"Shop  waiting · implementing  ░░░░░░░░░░ 0/2 phases
/srv/shop: project/shop/integration → main
Waits for a person: Merge phase 1 'Data model'?
  gate phase-1.1, head a1b2c3d4e5, 1 of 1 check passed, opened 2m ago, expires in 7d
  phasewright review shop --phase 1
  phasewright approve shop --phase 1
  phasewright reject shop --phase 1 --comment '…'

?  1 Data model              awaiting_approval  ██████████ 2/2  PR #1 open
     ✔ 1.1 Add the table     done               a1b2c3d4e5
     ✔ 1.2 Add 🚀 the index  done, attempt 3    a1b2c3d4e5
○  2 API                     pending            ░░░░░░░░░░ 0/1
Cost so far: $1.50, 12,345 tokens.
"
`);
  });

  it('says what an approval counts for since base moved', () => {
    const moved = { headSha: 'd'.repeat(40), baseSha: 'e'.repeat(40) };
    const decision = {
      gateId: 'project.1',
      action: 'approve',
      by: 'an\u001bn',
      at,
      from: 'cli',
      comment: '',
      headSha: head,
      commandId: null,
    } as const;
    expect(statusText(project({ decisions: [decision] }), view)).not.toContain('pproved');
    expect(statusText(project({ decisions: [{ ...decision, carried: moved }] }), view)).toContain(
      '\nApproved by an\\u{1b}n, carried over to dddddddddd: base moved to eeeeeeeeee, the patches are equal, and it was tested again.\n',
    );
  });

  it('says what the project, or the phase that runs, does itself', () => {
    const checked = project({ detail: 'makes the integration branch' });
    const broken = phase(1, { status: 'running', detail: 'its tasks are written, try 2 of 3', tasks: [] });
    expect(statusText(checked, view)).toContain('\nMakes the integration branch.\n');
    expect(statusText(project({ phases: [broken] }), view)).toMatchInlineSnapshot(`
"Shop  running · implementing  ░░░░░░░░░░ 0/1 phases
/srv/shop: project/shop/integration → main

●  1 Data model  running  ░░░░░░░░░░ 0/0  its tasks are written, try 2 of 3
"
`);
  });

  it('says why a phase failed and how to go on', () => {
    const failed = phase(1, {
      status: 'failed',
      reason: 'timed_out',
      tasks: [
        {
          ...done,
          status: 'failed',
          reason: 'timed_out',
          detail: 'used up its attempts',
          commit: null,
          attempts: 3,
        },
      ],
    });
    const advance = {
      stage: 'complete_phase',
      success: false,
      message: "Phase 1 'Data model' failed: out of time. The next phase was not started.",
      phaseCompleted: {
        number: 1,
        name: 'Data model',
        status: 'failed',
        reason: 'timed_out',
        pullRequest: null,
        tasks: [],
      },
      nextPhase: null,
    } as const;
    expect(
      statusText(project({ condition: 'failed', phases: [failed, phase(2)], advances: [advance] }), view),
    ).toMatchInlineSnapshot(`
"Shop  failed · implementing  ░░░░░░░░░░ 0/2 phases
/srv/shop: project/shop/integration → main
  phasewright retry shop

✘  1 Data model           failed (timed_out)  ░░░░░░░░░░ 0/1
     ✘ 1.1 Add the table  failed, attempt 3   used up its attempts
○  2 API                  pending             ░░░░░░░░░░ 0/1

Phase 1 'Data model' failed: out of time. The next phase was not started.
"
`);
  });

  it('says why it was turned away', () => {
    const ended = { endedAt: new Date(at).toISOString() };
    const failure = "InvalidProject: The project 'shop' has problems:\n  phases: There is none.";
    expect(
      statusText(project({ condition: 'failed', lifecycle: 'draft', failure, ...ended }), view),
    ).toMatchInlineSnapshot(`
"Shop  failed · draft
/srv/shop: project/shop/integration → main
InvalidProject: The project 'shop' has problems:
  phases: There is none.
Nothing was made. Start it again when that has been put right.
"
`);
    expect(
      statusText(
        task({ condition: 'failed', failure: 'NoAgent: none.', detail: 'not started', ...ended }),
        view,
      ),
    ).toMatchInlineSnapshot(`
"Fix the readme  failed · claimed
/srv/shop: task/fix → base
NoAgent: none.
Nothing was made. Start it again when that has been put right.
"
`);
  });

  it('says that no worker answers', () => {
    expect(
      statusText(
        project({
          source: 'server',
          condition: 'waiting',
          waitingFor: 'approval of phase 1',
          lifecycle: null,
          baseBranch: null,
        }),
        view,
      ),
    ).toMatchInlineSnapshot(`
"Shop  waiting
/srv/shop: project/shop/integration → base
No worker answers; this is what the server knows.
Waits for approval of phase 1
"
`);
  });

  it("shows an agent's question and what was refused", () => {
    const refused = [{ message: 'approve', code: 'NoOpenGate', reason: 'Nothing waits.', at: at - 60_000 }];
    expect(
      statusText(
        task({
          condition: 'waiting',
          question: { phase: null, task: 1, text: 'Which database?' },
          waitingFor: 'an answer',
          refused,
        }),
        view,
      ),
    ).toMatchInlineSnapshot(`
"Fix the readme  waiting · claimed
/srv/shop: task/fix → base
attempt 1: the implementer works
The agent of task 1 asks: Which database?
  phasewright answer fix '…'
Messages that were refused:
  approve: NoOpenGate: Nothing waits. (1m ago)
"
`);
  });

  it('shows control characters of names as text, never as such', () => {
    const text = statusText(
      project({
        name: 'A\u001b[2Jname\r\n',
        repository: '/srv/\u202eshop',
        phases: [phase(1, { name: '\u0007bell', status: 'running' })],
      }),
      view,
    );
    expect(text).toContain('A\\u{1b}[2Jname\\u{d}\\n');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe('the text of a review', () => {
  it('shows head, checks and files, and how to answer', () => {
    const status = project({
      phases: [
        phase(1, {
          gate: gate(),
          tasks: [done],
          pullRequest: { number: 1, url: 'https://host/1', state: 'open' },
        }),
      ],
    });
    const diff = { stat: ' a.ts | 2 +-\n 1 file changed', patch: '', truncated: false };
    expect(
      reviewText({ status, phase: 1, gate: gate(), diff, diffProblem: null }, view),
    ).toMatchInlineSnapshot(`
"Shop: Merge phase 1 'Data model'?
Head a1b2c3d4e5f60718293a4b5c6d7e8f9012345678
Base b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3
Pull request #1 (open): https://host/1
  1.1 Add the table: done a1b2c3d4e5

passed in 12s: npm test

 a.ts | 2 +-
 1 file changed

Opened 2m ago, reminder in 4h, expires in 7d.
Anyone may answer:
  phasewright approve shop --phase 1
  phasewright reject shop --phase 1 --comment '…'
  Or review https://host/1
"
`);
  });

  it('names every file that was in conflict, and how it ended', () => {
    const resolved = [
      { path: 'logo\u001b[31m.bin', kind: 'binary', ended: 'theirs' },
      { path: 'gone.txt', kind: 'modify/delete', ended: 'deleted' },
    ] as const;
    const asked = gate({ resolved });
    const text = reviewText(
      { status: project({ gate: asked }), phase: null, gate: asked, diff: null, diffProblem: null },
      view,
    );
    expect(text).toContain(
      'Conflicts that agents resolved:\n  logo\\u{1b}[31m.bin (binary): theirs: as on its base\n  gone.txt (modify/delete): deleted\n',
    );
  });

  it('names every file that tools obey, and says when there are others', () => {
    const asked = gate({ sensitive: { files: ['.github/ci\u001b[31m.yml'], more: true } });
    const text = reviewText(
      { status: project({ gate: asked }), phase: null, gate: asked, diff: null, diffProblem: null },
      view,
    );
    expect(text).toContain(
      'package managers what to do:\n  .github/ci\\u{1b}[31m.yml\n  and others: look at all the files that differ.\n',
    );
  });

  it('says that there are no checks, and why there is no diff', () => {
    const asked = gate({ id: 'project.1', checks: [], approvers: ['ada'] });
    const text = reviewText(
      {
        status: project({ gate: asked }),
        phase: null,
        gate: asked,
        diff: null,
        diffProblem: 'the host is away',
      },
      view,
    );
    expect(text).toContain('No checks.');
    expect(text).toContain('The diff could not be read: the host is away');
    expect(text).toContain('Only ada may answer, by a review on the code host');
  });
});

describe('what changed between two looks', () => {
  it('is a line each', () => {
    const before = project({
      phases: [phase(1, { status: 'running', tasks: [{ ...done, status: 'claimed', commit: null }] })],
    });
    const now = project({
      condition: 'waiting',
      phases: [
        phase(1, {
          status: 'awaiting_approval',
          tasks: [done],
          gate: gate(),
          pullRequest: { number: 1, url: 'https://host/1', state: 'open' },
        }),
      ],
    });
    expect(changes(before, now)).toMatchInlineSnapshot(`
[
  "Shop: waiting, implementing",
  "phase 1 'Data model': awaiting_approval",
  "task 1.1 'Add the table': done, a1b2c3d4e5",
  "phase 1 'Data model': pull request #1 open: https://host/1",
  "gate phase-1.1: Merge phase 1 'Data model'?",
]
`);
  });

  it('is nothing when nothing changed', () => {
    const status = project({
      phases: [phase(1, { status: 'running', gate: gate() })],
      gate: gate(),
      refused: [{ message: 'a', code: 'b', reason: 'c', at }],
    });
    expect(changes(status, status)).toEqual([]);
    expect(changes(task(), task())).toEqual([]);
  });

  it('is what is awaited, once, if no other line says it', () => {
    const held = project({ condition: 'waiting', waitingFor: 'the code host to merge #7: a rule' });
    const earlier = project({ detail: 'waits for the earlier run of project.shop.phase.1 to end' });
    const failed = task({ status: 'failed', detail: 'No ladder.', waitingFor: 'a retry: No ladder.' });
    expect(changes(project({ condition: 'waiting' }), held)).toEqual([
      'waits for the code host to merge #7: a rule',
    ]);
    expect(changes(project(), earlier)).toEqual(['waits for the earlier run of project.shop.phase.1 to end']);
    expect(changes(held, held)).toEqual([]);
    expect(changes(project(), project({ waitingFor: 'a retry: base moved.' }))).toEqual([
      'waits for a retry: base moved.',
    ]);
    expect(changes(task({ status: 'failed' }), failed)).toEqual(['failed: No ladder.']);
  });

  it('begins with what is worth knowing', () => {
    expect(changes(null, task())).toEqual([
      'Fix the readme: running, claimed',
      'claimed: attempt 1: the implementer works',
    ]);
    expect(changes(project(), project({ failure: "BaseNotFound: no branch 'mian'." }))).toEqual([
      "turned away: BaseNotFound: no branch 'mian'.",
    ]);
  });
});

describe('what is pending', () => {
  const awaySince = new Date(at - 7_200_000).toISOString();
  const failing = pending({
    state: 'backing_off',
    attempt: 3,
    lastFailure: 'The remote did not answer',
    lastFailureCode: 'GitUnavailable',
    begunAt: new Date(at - 90_000).toISOString(),
    nextTryAt: new Date(at + 12_000).toISOString(),
  });
  const away = pending({
    what: 'pushing',
    activity: 'land',
    state: 'scheduled',
    hostAwaySince: awaySince,
  });

  it('says what runs, what fails and is tried again, and which host is away', () => {
    const paused = pending({ state: 'paused', task: null });
    expect(pendingLines([pending(), failing, away, paused], view)).toEqual([
      'Now: running the agent of task 1.1, for 3m.',
      'Running the agent of task 1.1, begun 1m ago, failed; the 3rd try comes in 12s. Last failure: GitUnavailable: The remote did not answer.',
      'Host h1 is away since 2026-11-21 07:00 UTC: pushing of task 1.1 waits for its worker.',
      "Running the agent of phase 1 was paused in Temporal; 'temporal activity unpause' lets it go on.",
    ]);
  });

  it('says what waits for a slot, or for its turn', () => {
    const queued = pending({ doing: 'waiting for a slot (implementer, at most 1 on h1)' });
    const checks = pending({ state: 'scheduled', what: 'running the checks', activity: 'runChecks' });
    expect(pendingLines([queued, checks], view)).toEqual([
      'Now: running the agent of task 1.1, for 3m: waiting for a slot (implementer, at most 1 on h1).',
      'Waits for its turn on host h1: running the checks of task 1.1, for 3m.',
    ]);
  });

  it("says that no worker polls, and that a workflow's own step fails", () => {
    const step = {
      kind: 'workflow_task',
      what: 'taking the next step',
      activity: null,
      task: null,
      host: null,
    } as const;
    const unpolled = pending({ ...step, phase: null, state: 'scheduled', hostAwaySince: awaySince });
    const broken = pending({ ...step, attempt: 4, lastFailure: 'TypeError: no such key' });
    expect(pendingLines([unpolled, broken], view)).toEqual([
      "No worker polls since 2026-11-21 07:00 UTC: taking the next step waits for one ('phasewright dev' or 'phasewright worker').",
      "Taking the next step of phase 1 failed; the 4th try runs. Last failure: TypeError: no such key. The worker's log says more.",
    ]);
  });

  it('keeps silent about looks that are repeated because nothing is new', () => {
    const look = pending({ activity: 'awaitPullRequestChange', task: null, attempt: 40 });
    expect(pendingLines([look, { ...look, state: 'backing_off' }], view)).toEqual([]);
  });

  it('is told once while following: not at every attempt', () => {
    const before = project({ pending: [failing] });
    expect(changes(before, project({ pending: [{ ...failing, attempt: 4 }] }))).toEqual([]);
    expect(changes(project(), before)).toEqual([
      expect.stringMatching(
        /^Running the agent of task 1\.1, begun \S+ \S+ UTC, failed; the 3rd try comes at \S+ \S+ UTC\. Last failure: GitUnavailable: The remote did not answer\.$/,
      ),
    ]);
    expect(changes(before, project({ pending: [failing, away] }))).toEqual([
      expect.stringMatching(
        /^Host h1 is away since \S+ \S+ UTC: pushing of task 1\.1 waits for its worker\.$/,
      ),
    ]);
  });
});

describe('a start', () => {
  const started = {
    kind: 'project',
    started: true,
    slug: 'shop',
    workflowId: 'project.shop',
    changed: false,
    message: "Started project 'shop'.",
  } as const;

  it('says what keeps the plan from being made, and how to follow it', () => {
    const failing = pending({
      phase: null,
      task: null,
      what: 'validating the project',
      activity: 'planProject',
      state: 'backing_off',
      attempt: 4,
      lastFailure: 'git ls-remote failed: no route to host.',
      lastFailureCode: 'GitUnavailable',
      nextTryAt: new Date(at + 8_000).toISOString(),
    });
    expect(
      startText({ started, plan: 'pending', worker: true, pending: [failing] }, view),
    ).toMatchInlineSnapshot(`
"Started project 'shop'.
It is still being validated.
Validating the project failed; the 4th try comes in 8s. Last failure: GitUnavailable: git ls-remote failed: no route to host.
  phasewright status shop --watch
"
`);
  });

  it('says nothing more when it goes on, and that no worker polls when none does', () => {
    const texts = [
      startText({ started, plan: 'planned', worker: true, pending: [] }, view),
      startText({ started, plan: 'pending', worker: false, pending: [pending()] }, view),
    ];
    expect(texts).toEqual([
      "Started project 'shop'.\n  phasewright status shop --watch\n",
      expect.stringMatching(
        /^Started project 'shop'\.\nNo worker polls: it begins when one does .*\n  phasewright status shop --watch\n$/,
      ),
    ]);
  });
});

describe('lists', () => {
  it('show how each project stands', () => {
    const away = { host: 'h1', hostAwaySince: new Date(at - 7_200_000).toISOString() };
    const all = [
      {
        ...record({ condition: 'waiting', waitingFor: "approval of phase 1 'Data model'" }),
        pending: [pending()],
      },
      {
        ...record({ slug: 'deaf', condition: 'waiting', waitingFor: 'approval of the project' }),
        pending: [pending({ what: 'watching the pull request', attempt: 11, lastFailure: 'Bad gateway.' })],
      },
      {
        ...record({ slug: 'old', condition: 'done', phase: null, endedAt: new Date(at - 86_400_000) }),
        pending: [],
      },
      {
        ...record({ slug: 'wrong', condition: 'failed', phase: null, endedAt: new Date(at - 60_000) }),
        pending: [],
        failure: "BaseNotFound: There is no branch 'mian'.",
      },
      { ...record({ slug: 'queued' }), pending: [pending({ doing: 'waiting for a slot (implementer)' })] },
      { ...record({ slug: 'stuck' }), pending: [pending({ attempt: 4, lastFailure: 'No route to host.' })] },
      { ...record({ slug: 'alone' }), pending: [pending({ state: 'scheduled', ...away })] },
    ];
    expect(
      listText(
        all.map((each) => ({ failure: null, ...each })),
        view,
      ),
    ).toMatchInlineSnapshot(`
"SLUG    KIND     CONDITION  AT       WAITS FOR, OR WHY IT FAILED                                   REPOSITORY
shop    project  waiting    phase 1  approval of phase 1 'Data model'                              /srv/shop   started 10m ago
deaf    project  waiting    phase 1  retrying: watching the pull request, 11th try; approval of …  /srv/shop   started 10m ago
old     project  done                                                                              /srv/shop   ended 1d ago
wrong   project  failed              BaseNotFound: There is no branch 'mian'.                      /srv/shop   ended 1m ago
queued  project  running    phase 1  waiting for a slot (implementer)                              /srv/shop   started 10m ago
stuck   project  running    phase 1  retrying: running the agent, 4th try                          /srv/shop   started 10m ago
alone   project  running    phase 1  host h1, which is away                                        /srv/shop   started 10m ago
"
`);
    expect(listText([], view)).toContain('No projects yet');
  });

  it('show pull requests', () => {
    const entry = {
      number: 1,
      url: 'u',
      state: 'open',
      phase: 1,
      title: 'Data model',
      head: 'project/shop/phase/1/x',
      base: 'project/shop/integration',
      headSha: head,
      baseSha: null,
    } as const;
    expect(pullRequestsText('shop', [entry], view)).toBe(
      '#1  open  phase 1  Data model  project/shop/phase/1/x → project/shop/integration\n',
    );
    expect(pullRequestsText('shop', [], view)).toBe("'shop' has no pull requests yet.\n");
  });
});

describe('pieces of text', () => {
  it('line up by the columns a terminal takes', () => {
    expect(widthOf('\u001b[1mab\u001b[22m')).toBe(2);
    expect(widthOf('🚀')).toBe(2);
    expect(widthOf('✔')).toBe(1);
    expect(widthOf('日本')).toBe(4);
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
        ['🚀', ''],
      ]),
    ).toEqual(['a    bb', 'ccc  d', '🚀']);
  });

  it('say times in words', () => {
    expect([span(900), span(61_000), span(3_600_000), span(90_000_000)]).toEqual(['0s', '1m', '1h', '1d1h']);
    expect(relative(at - 61_000, at)).toBe('1m ago');
    expect(relative(at + 7_200_000, at)).toBe('in 2h');
    expect(relative(at, at)).toBe('now');
  });

  it('fill bars and cut lines', () => {
    expect([bar(0, 0), bar(1, 4, 8), bar(4, 4, 8)]).toEqual(['░░░░░░░░░░', '██░░░░░░', '████████']);
    expect(oneLine('a\nb')).toBe('a\\nb');
    expect(oneLine('x'.repeat(300), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});
