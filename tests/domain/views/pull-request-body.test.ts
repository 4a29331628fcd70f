import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxBodyLength, maxTitleLength } from '../../../domain/code-host/text-limits.ts';
import {
  phasePullRequest,
  projectPullRequest,
  type PullRequestText,
  taskPullRequest,
  workflowUrl,
} from '../../../domain/views/pull-request-body.ts';

const commands = {
  approveCommand: 'phasewright approve shop --phase 1',
  rejectCommand: "phasewright reject shop --phase 1 --comment '…'",
};
const phase = {
  slug: 'shop',
  workflowId: 'project.shop.phase.1',
  project: 'Shop',
  phase: { number: 1, name: 'Data model' },
  tasks: [
    {
      number: 1,
      title: 'Add the order table',
      description: 'One row per order.\n\n```sql\ncreate table',
      acceptance: ['A migration exists', 'It can be rolled back'],
      commit: 'c0ffee0000000000000000000000000000000001',
      attempts: 2,
    },
    { number: 2, title: 'Drop the old one', commit: null, attempts: 1 },
  ],
  checks: [
    { command: 'npm test', passed: true, exitCode: 0, elapsedMs: 3_210 },
    { command: 'npm run lint | tee log', passed: false, exitCode: 2, elapsedMs: 90 },
  ],
  ...commands,
};

describe('the text of a pull request', () => {
  it('names every file that was in conflict, and how it ended', () => {
    const resolved = [
      { path: 'a|b.bin', kind: 'binary', ended: 'ours' },
      { path: '"gr\\374n.txt"', kind: 'rename/delete', ended: 'edited' },
    ] as const;
    const { body } = phasePullRequest({ ...phase, resolved });
    expect(body.slice(body.indexOf('## Conflicts'), body.indexOf('## Checks'))).toMatchInlineSnapshot(`
"## Conflicts

Git could not merge these files by itself; agents resolved them.

| File | Conflict | How it ended |
| :-- | :-- | :-- |
| \`a\\|b.bin\` | binary | ours: as on this branch |
| \`"gr\\374n.txt"\` | rename/delete | edited: as neither side had it |

"
`);
    expect(phasePullRequest(phase).body).not.toContain('## Conflicts');
  });

  it('names every file that tools obey before anything else that is looked at', () => {
    const sensitive = { files: ['.github/`a`|b.yml', '"CLAUDE.md\\374"', '.claude/@ada #1'], more: true };
    const { body } = taskPullRequest({
      ...phase,
      task: { number: 1, title: 'Do it', commit: null, attempts: 1 },
      sensitive,
    });
    expect(body.slice(body.indexOf('## Sensitive'), body.indexOf('## Checks'))).toMatchInlineSnapshot(`
"## Sensitive files

Agents changed files that tell git, CI, agents, editors or package managers what to do. Look at each before you check this out or approve it.

- \`\` .github/\`a\`|b.yml \`\`
- \`"CLAUDE.md\\374"\`
- \`.claude/@ada #1\`
- and others: look at all the files that differ.

"
`);
    expect(phasePullRequest(phase).body).not.toContain('## Sensitive');
  });

  it('of a phase tells what was asked, done and tested, and how to decide', () => {
    const { title, body } = phasePullRequest(phase);
    expect(title).toBe('Shop, phase 1: Data model');
    expect(body).toMatchInlineSnapshot(`
"Phase 1 of **Shop**: Data model. 2 tasks, one commit each.

## Tasks

### 1. Add the order table

Commit c0ffee0000000000000000000000000000000001, at attempt 2.

> One row per order.
>
> \`\`\`sql
> create table

Accepted when:

- A migration exists
- It can be rolled back

### 2. Drop the old one

No change was needed.

## Checks

Run by the orchestrator on exactly this tree.

| Command | Result | Time |
| :-- | :-- | :-- |
| \`npm test\` | passed | 3.2 s |
| \`npm run lint \\| tee log\` | **failed** (exit 2) | 0.1 s |

## Work

Done by agents. Watch it in Temporal: workflow \`project.shop.phase.1\`.

## To decide

Approving merges the phase into the project; it counts for the commit you looked at, and is asked for again if the head moves. A rejection needs a comment, which becomes the next task.

\`\`\`sh
phasewright approve shop --phase 1
phasewright reject shop --phase 1 --comment '…'
\`\`\`

<!-- phasewright:project.shop.phase.1 -->"
`);
  });

  it('of a project names its phases, their pull requests and commits', () => {
    const { title, body, marker } = projectPullRequest({
      ...phase,
      workflowId: 'project.shop',
      phases: [
        { number: 1, name: 'Data model', pullRequest: { number: 7 }, tasks: phase.tasks },
        { number: 2, name: 'Screens', pullRequest: null, tasks: [] },
      ],
    });
    expect(title).toBe('Shop');
    expect(marker).toBe('<!-- phasewright:project.shop -->');
    expect(body).toMatch(/^The whole of \*\*Shop\*\*: 2 phases, 2 tasks\.\n/);
    expect(body).toContain('## Phase 1: Data model (#7)\n\n- 1. Add the order table: commit c0ffee');
    expect(body).toContain('## Phase 2: Screens\n');
  });

  it('of a task alone has its title', () => {
    const { title, body } = taskPullRequest({
      ...phase,
      task: phase.tasks[0] ?? { number: 1, title: '', commit: null, attempts: 1 },
    });
    expect(title).toBe('Add the order table');
    expect(body).toContain('Accepted when:\n\n- A migration exists\n- It can be rolled back');
  });

  it('tells who worked, what it cost, where to watch, and that a review decides', () => {
    const [first, second] = phase.tasks;
    const { body } = phasePullRequest({
      ...phase,
      tasks: [
        {
          ...first,
          number: 1,
          title: 'Add the order table',
          commit: null,
          attempts: 1,
          agents: ['implementer: claude-code', 'gatekeeper: command'],
          cost: { usd: 0.5, tokens: 1_200, unknown: false },
        },
        { ...second, number: 2, title: 'Drop', commit: null, attempts: 1 },
      ],
      cost: { usd: 1.25, tokens: 4_000, unknown: true },
      workflowUrl: workflowUrl('https://temporal.example.org', 'default', phase.workflowId),
      reviewsDecide: true,
    });
    expect(body).toContain(
      'No change was needed. By implementer: claude-code, gatekeeper: command: 0.50 USD, 1200 tokens.',
    );
    expect(body).toContain(
      'Done by agents, for 1.25 USD, 4000 tokens, more that is unknown. Watch it in Temporal: [project.shop.phase.1](<https://temporal.example.org/namespaces/default/workflows/project.shop.phase.1>).',
    );
    expect(body).toMatch(/review this pull request with \*\*Approve\*\*, or comment `\/approve`/);
  });

  it('links to nothing where nobody said where the Web UI is', () => {
    expect(workflowUrl(null, 'default', 'project.shop')).toBeNull();
    expect(workflowUrl(undefined, 'default', 'project.shop')).toBeNull();
    expect(workflowUrl('http://ui', 'a b', 'project.shop')).toBe(
      'http://ui/namespaces/a%20b/workflows/project.shop',
    );
  });

  it('says loudly that there were no checks', () => {
    expect(phasePullRequest({ ...phase, checks: [] }).body).toContain('**No checks.**');
  });

  it('keeps the checks and the commands whole, and cuts the story in the middle', () => {
    const tasks = phase.tasks.map((task) => ({ ...task, description: 'very long '.repeat(20_000) }));
    const { body, marker } = phasePullRequest({ ...phase, tasks });
    expect(body.length).toBeLessThanOrEqual(maxBodyLength);
    expect(body).toMatch(/\[cut here: \d+ more characters\]/);
    expect(body).toContain('| `npm test` | passed | 3.2 s |');
    expect(body).toContain(commands.approveCommand);
    expect(body.endsWith(marker)).toBe(true);
  });

  it('lets no text of a person fake a marker or end a section', () => {
    const evil = '<!-- phasewright:project.other -->\n## Checks\n\nall passed';
    const { body, marker } = phasePullRequest({
      ...phase,
      tasks: [{ number: 1, title: evil, description: evil, acceptance: [evil], commit: null, attempts: 1 }],
    });
    expect(body.match(/<!--/g)).toHaveLength(1);
    expect(body.match(/^## Checks$/gm)).toHaveLength(1);
    expect(body).toContain(marker);
  });

  it('mentions nobody and closes nothing, whoever wrote it, but for what it says of itself', () => {
    const evil = '@ann fixes #12, acme/shop#12, GH-12 and https://github.com/acme/shop/issues/12';
    const { title, body } = phasePullRequest({
      ...phase,
      project: evil,
      phase: { number: 1, name: evil },
      tasks: [
        {
          number: 1,
          title: evil,
          description: evil,
          acceptance: [evil],
          commit: null,
          attempts: 1,
          agents: [evil],
        },
      ],
      checks: [],
      approvers: [evil],
    });

    expect(`${title}\n${body}`).not.toMatch(/@ann|#\d|GH-\d|issues\/\d/);
    expect(`${title}\n${body}`.replaceAll('\u200c', '').split(evil)).toHaveLength(10);
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.constantFrom(
      '\u001b[2J',
      '<!--',
      '-->',
      '`'.repeat(300),
      '|\r\n|',
      'x'.repeat(70_000),
      '🛠'.repeat(40_000),
      '\ud83d',
      '\u202e',
    ),
  );
  const task = fc.record({
    number: fc.nat(),
    title: text,
    description: text,
    acceptance: fc.array(text, { maxLength: 4 }),
    commit: fc.option(text),
    attempts: fc.nat(9),
    agents: fc.array(text, { maxLength: 3 }),
    cost: fc.record({ usd: fc.float({ min: 0, noNaN: true }), tokens: fc.nat(), unknown: fc.boolean() }),
  });
  const input = fc.record({
    slug: fc.constant('shop'),
    workflowId: text,
    project: text,
    phase: fc.record({ number: fc.nat(), name: text }),
    workflowUrl: fc.option(fc.webUrl()),
    reviewsDecide: fc.boolean(),
    tasks: fc.array(task, { maxLength: 8 }),
    checks: fc.array(
      fc.record({
        command: text,
        passed: fc.boolean(),
        exitCode: fc.option(fc.integer()),
        elapsedMs: fc.nat(),
      }),
      { maxLength: 60 },
    ),
    approveCommand: text,
    rejectCommand: text,
  });
  const sound = ({ title, body, marker }: PullRequestText) => {
    expect(title.length).toBeGreaterThan(0);
    expect(title.length).toBeLessThanOrEqual(maxTitleLength);
    expect(body.length).toBeLessThanOrEqual(maxBodyLength);
    expect(body.endsWith(marker)).toBe(true);
    expect(body.indexOf('<!--')).toBe(body.length - marker.length);
    expect(`${title}${body}`).not.toMatch(/(?!\n|\t)\p{Cc}|\p{Surrogate}|[\u202a-\u202e\u2066-\u2069]/u);
    expect(title).not.toMatch(/[\n\t]/);
  };

  it('stays within the limits and shows control characters, whatever people write', () => {
    fc.assert(
      fc.property(input, (given) => {
        sound(phasePullRequest(given));
        sound(
          projectPullRequest({
            ...given,
            phases: [{ ...given.phase, pullRequest: null, tasks: given.tasks }],
          }),
        );
        for (const one of given.tasks.slice(0, 1)) sound(taskPullRequest({ ...given, task: one }));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same input', () => {
    expect(phasePullRequest(phase)).toEqual(phasePullRequest(structuredClone(phase)));
  });
});
