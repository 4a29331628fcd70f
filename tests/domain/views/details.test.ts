/** The current details in the Web UI: a person can act from them, and nobody's text becomes Markdown. */
import { describe, expect, it } from '@jest/globals';
import {
  phaseDetails,
  projectDetails,
  taskDetails,
  validatingDetails,
} from '../../../domain/views/details.ts';
import type { PhaseStatusView, ProjectStatusView, TaskStatusView } from '../../../domain/views/status.ts';

const view: PhaseStatusView = {
  schema: 1,
  kind: 'phase',
  slug: 'shop',
  number: 2,
  name: 'API',
  status: 'awaiting_approval',
  reason: null,
  detail: 'awaits approval',
  branch: 'project/shop/phase/2/api',
  pullRequest: { number: 7, url: '', state: 'open' },
  headSha: 'a'.repeat(40),
  gate: {
    id: 'phase-2.1',
    question: "Merge phase 2 'API'?",
    headSha: 'a'.repeat(40),
    baseSha: 'b'.repeat(40),
    checks: [{ command: 'npm test | tee log', passed: true, exitCode: 0, output: '', ms: 1 } as never],
    approvers: [],
    openedAt: 0,
    remindAt: 14_400_000,
    expireAt: 604_800_000,
  },
  tasks: [
    {
      number: 1,
      title: 'Add | `x` <b>*now*</b> [here](http://x.invalid)',
      status: 'done',
      reason: null,
      detail: '',
      attempts: 2,
      commit: 'c'.repeat(40),
    },
  ],
  decisions: [],
  refused: [{ message: 'approve', code: 'InvalidMessage', reason: 'It came without input.', at: 0 }],
  paused: false,
  waitingFor: null,
  currentTask: null,
  cost: { usd: 0, tokens: 0, unknown: false },
};

describe('the current details of a phase', () => {
  it('say what is asked, what to paste and what to type, then where everything stands', () => {
    expect(phaseDetails(view, 'project.shop.phase.2')).toMatchInlineSnapshot(`
"**Phase 2: API** · awaiting approval

**Merge phase 2 'API'?**

Head \`aaaaaaaaaa\`. Passed: \`npm test | tee log\`. Reminder at 1970-01-01 04:00 UTC, expires at 1970-01-08 00:00 UTC.

**To answer here:** open \`project.shop.phase.2\`, More Actions, Send a Signal, \`approve\` with the input

\`\`\`json
{
  "by": "your name",
  "gateId": "phase-2.1",
  "headSha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}
\`\`\`

or \`reject\` with the same and a \`"comment"\`.

**In a terminal:**

\`\`\`sh
phasewright approve shop --phase 2
phasewright reject shop --phase 2 --comment '…'
\`\`\`

or with the official command alone:

\`temporal workflow signal --workflow-id project.shop.phase.2 --name approve --input '{"by": "your name", "gateId": "phase-2.1", "headSha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}'\`

\`temporal workflow signal --workflow-id project.shop.phase.2 --name reject --input '{"by": "your name", "gateId": "phase-2.1", "headSha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "comment": "why, and what to do instead"}'\`

Branch \`project/shop/phase/2/api\` · #7 open

| # | Task | Status | Commit |
| :-- | :-- | :-- | :-- |
| 2.1 | Add \\| \\\`x\\\` &lt;b>\\*now\\*&lt;/b> \\[here\\](http://x.invalid) | done, attempt 2 | \`cccccccccc\` |

**Refused messages**

- 1970-01-01 00:00 UTC \`approve\`: InvalidMessage: It came without input.

What is done, fails and is tried again, and why: the tab _Pending Activities_ of the workflow that does it, or \`phasewright status shop\`"
`);
  });

  it('stay below what Temporal shows, however much there is', () => {
    const tasks = Array.from({ length: 300 }, () => view.tasks[0] as PhaseStatusView['tasks'][number]);
    const details = phaseDetails({ ...view, tasks }, 'project.shop.phase.2');
    expect(Buffer.byteLength(details)).toBeLessThan(20_000);
    expect(details).toContain('phasewright status');
  });
});

describe('the current details of what waits', () => {
  const { schema, slug, decisions, refused, cost, pullRequest, branch } = view;
  const warnings: readonly string[] = [];
  const task: TaskStatusView = {
    ...{ schema, slug, decisions, refused: [], cost, pullRequest: null, branch, paused: false, warnings },
    kind: 'task',
    number: 1,
    title: 'Fix it',
    status: 'claimed',
    reason: null,
    detail: 'attempt 1: the implementer works',
    attempts: 1,
    commit: null,
    condition: 'running',
    question: null,
    gate: null,
    messages: [],
    waitingFor: null,
    workspace: null,
  };
  const project: ProjectStatusView = {
    ...{ schema, slug, decisions, refused, cost, pullRequest, warnings },
    kind: 'project',
    name: 'Shop',
    repository: '/srv/shop',
    lifecycle: 'implementing',
    condition: 'running',
    detail: 'makes the integration branch',
    waitingFor: null,
    integrationBranch: 'project/shop/integration',
    baseBranch: 'main',
    phases: [],
    gate: null,
    advances: [],
    mergedSha: null,
    specDigest: '',
    workspace: null,
  };
  const command = '`phasewright status shop`';

  it.each([
    ['a project', projectDetails(project, 'project.shop'), 'makes the integration branch'],
    [
      'a project whose merge is held up',
      projectDetails({ ...project, waitingFor: 'the code host to merge #7' }, 'project.shop'),
      '**Waits for** the code host to merge #7',
    ],
    [
      'a phase whose merge is held up',
      phaseDetails({ ...view, gate: null, waitingFor: 'the code host to merge #7' }, 'project.shop.phase.2'),
      '**Waits for** the code host to merge #7',
    ],
    ['a task', taskDetails(task, 'project.shop.phase.1.task.1'), 'attempt 1: the implementer works'],
    ['what has no plan yet', validatingDetails('shop'), 'is being validated'],
  ])('say what %s does or waits for, and where to read what fails', (_what, details, words) => {
    expect(details).toContain(words);
    expect(details.slice(details.lastIndexOf('\n'))).toContain(command);
  });

  it('name no command once it has ended', () => {
    const over = [
      projectDetails({ ...project, condition: 'done' }, 'project.shop'),
      phaseDetails({ ...view, status: 'completed', gate: null }, 'project.shop.phase.2'),
      taskDetails({ ...task, status: 'done' }, 'project.shop.phase.1.task.1'),
    ];
    expect(over.filter((details) => details.includes(command))).toEqual([]);
  });
});
