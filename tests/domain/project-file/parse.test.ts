import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { findBranchConflict } from '../../../domain/names/branches.ts';
import { type Problem, problemLine } from '../../../domain/yaml/problem.ts';
import {
  parseProjectFile,
  validateProjectInput,
  validateStandaloneTaskInput,
  validateTasks,
} from '../../../domain/project-file/parse.schema.ts';
import { specDigest } from '../../../domain/project-file/digest.ts';
import { anyName } from '../../support/hostile-names.ts';

const sixLines = `name: Deployments UI
repository: .
phases:
  - name: Data model
    tasks:
      - Add the deployment table
`;
const lines = (read: object): readonly string[] =>
  'problems' in read ? (read.problems as readonly Problem[]).map(problemLine) : [];
const problemsOf = (text: string): readonly string[] => lines(parseProjectFile(text, 'project.yaml'));
const draftOf = (input: unknown) => {
  const read = validateProjectInput(input);
  if ('problems' in read) throw new Error(lines(read).join('\n'));
  return read.draft;
};
const minimal = { name: 'Shop', repository: '/srv/shop', phases: [{ name: 'One', tasks: ['Do'] }] };

describe('a project file', () => {
  it('of six lines is enough; everything else has a default', () => {
    const read = parseProjectFile(sixLines, 'project.yaml');
    expect(read).toMatchInlineSnapshot(`
{
  "draft": {
    "base": null,
    "design": null,
    "integrationBranch": "project/deployments-ui/integration",
    "name": "Deployments UI",
    "phases": [
      {
        "branch": "project/deployments-ui/phase/1/data-model",
        "breakdown": false,
        "name": "Data model",
        "number": 1,
        "slug": "data-model",
        "tasks": [
          {
            "acceptance": [],
            "dependsOn": [],
            "description": "",
            "number": 1,
            "priority": 0,
            "role": "implementer",
            "title": "Add the deployment table",
          },
        ],
      },
    ],
    "repository": {
      "kind": "path",
      "path": ".",
    },
    "settings": {
      "approval": {
        "approvers": [],
        "carry": "patches",
        "expireAfterMs": 604800000,
        "onExpiry": "hold",
        "phases": "required",
        "project": "required",
        "remindAfterMs": 14400000,
      },
      "checkTimeoutMs": 600000,
      "checks": [],
      "limits": {
        "agentTimeoutMs": 1800000,
        "attempts": 3,
        "budgetUsd": null,
        "phaseTimeoutMs": 86400000,
        "tokens": null,
      },
      "mergeMethod": "merge",
      "notify": [
        {
          "kind": "stdout",
        },
      ],
      "onCancel": "keep_pull_requests",
      "pullRequests": "phase",
      "setup": [],
    },
    "slug": "deployments-ui",
  },
  "input": {
    "name": "Deployments UI",
    "phases": [
      {
        "name": "Data model",
        "tasks": [
          "Add the deployment table",
        ],
      },
    ],
    "repository": ".",
  },
}
`);
  });

  it('and the same keys as JSON end in the same draft', () => {
    const read = parseProjectFile(sixLines, 'project.yaml');
    const input = 'input' in read ? { ...read.input, repository: '/srv/app' } : {};
    const { repository, ...draft } = draftOf(input);
    expect('draft' in read && { ...read.draft, repository: undefined }).toEqual({
      ...draft,
      repository: undefined,
    });
    expect(repository).toEqual({ kind: 'path', path: '/srv/app' });
  });

  it('may say everything', () => {
    const read = parseProjectFile(
      `
name: Deployments UI
slug: deploy
repository: acme/deployments
base: trunk
paths: [services/shop/, ./libs/ui]
design: ./docs/deployments-ui.md
pull_requests: project
merge_method: squash
on_cancel: close_pull_requests
approval: { phases: none, project: required, approvers: [ann, bob], remind_after: 1h30m, expire_after: 2d, on_expiry: reject, carry: never }
setup: [npm ci]
checks: [npm test, npm run lint]
check_timeout: 90s
limits: { agent_timeout: 10m, phase_timeout: 4h, attempts: 5, budget_usd: 20, tokens: 2000000 }
notify: [{ slack: '#deployments' }, stdout, { webhook: 'https://example.org/hook' }]
phases:
  - name: Data model
    branch: data-model
    tasks:
      - Add the table
      - title: Test it
        description: With real rows.
        acceptance: [All tests pass]
        role: tester
        depends_on: [Add the table, 1]
        priority: 5
  - { name: Screens, breakdown: true }
`,
      'project.yaml',
    );
    expect('draft' in read ? read.draft : lines(read)).toMatchObject({
      slug: 'deploy',
      repository: { kind: 'hosted', owner: 'acme', name: 'deployments' },
      base: 'trunk',
      paths: ['services/shop', 'libs/ui'],
      design: { kind: 'file', path: 'docs/deployments-ui.md' },
      integrationBranch: 'project/deploy/integration',
      phases: [
        {
          branch: 'data-model',
          breakdown: false,
          tasks: [
            { number: 1, title: 'Add the table', role: 'implementer', dependsOn: [], priority: 0 },
            {
              number: 2,
              title: 'Test it',
              description: 'With real rows.',
              acceptance: ['All tests pass'],
              role: 'tester',
              dependsOn: [1],
              priority: 5,
            },
          ],
        },
        { number: 2, slug: 'screens', branch: 'project/deploy/phase/2/screens', breakdown: true, tasks: [] },
      ],
      settings: {
        pullRequests: 'project',
        mergeMethod: 'squash',
        onCancel: 'close_pull_requests',
        approval: {
          phases: 'none',
          project: 'required',
          approvers: ['ann', 'bob'],
          remindAfterMs: 5_400_000,
          expireAfterMs: 172_800_000,
          onExpiry: 'reject',
          carry: 'never',
        },
        checkTimeoutMs: 90_000,
        limits: {
          agentTimeoutMs: 600_000,
          phaseTimeoutMs: 14_400_000,
          attempts: 5,
          budgetUsd: 20,
          tokens: 2_000_000,
        },
        notify: [
          { kind: 'slack', to: '#deployments' },
          { kind: 'stdout' },
          { kind: 'webhook', to: 'https://example.org/hook' },
        ],
      },
    });
  });

  it('may hold the design itself', () => {
    expect(draftOf({ ...minimal, design: '# Design\n\nAll of it.\n' }).design).toEqual({
      kind: 'text',
      text: '# Design\n\nAll of it.\n',
    });
  });

  it('with many mistakes hears of all of them at once, each with line and column', () => {
    expect(
      problemsOf(`name: X
slg: x
repository: foo
design: ../secrets.md
limits: { agent_timeout: 30, attempts: 0, phase_timeout: 5x }
approval:
  phases: requird
notify: [{ slak: '#x' }, { slack: a, discord: b }, email]
phases:
  - name: A
    tasks: [ A, "A", { title: B, depends_on: [A, Q, 3, 4, 9], rol: tester, role: testr }, 7, "" ]
  - name: A
  - name: C
    branch: -rf
    tasks: [Do]
    breakdown: true
  - 7
`).join('\n'),
    ).toMatchInlineSnapshot(`
"project.yaml:2:1: slg: Unknown key 'slg'. Did you mean 'slug'?
project.yaml:3:13: repository: 'foo' is not a repository. Write a path (such as . or /srv/app), a git URL (https://…, ssh://…, git@host:path) or owner/name. For a folder beside the file, write ./foo
project.yaml:4:9: design: The design is a file of the repository, such as docs/design.md, or a text of several lines; this path leaves the repository's files.
project.yaml:5:26: limits.agent_timeout: A duration is text with units, for example 30m, 4h or 1h30m.
project.yaml:5:40: limits.attempts: At least 1 attempt.
project.yaml:5:58: limits.phase_timeout: '5x' is not a duration: write for example '30m', '4h', '7d', '1h30m', '90s' or '500ms'.
project.yaml:7:11: approval.phases: Write required or none. Did you mean 'required'?
project.yaml:8:12: notify[0].slak: Unknown key 'slak'. Did you mean 'slack'?
project.yaml:8:26: notify[1]: Each entry names one target: slack, discord, telegram, webhook.
project.yaml:8:52: notify[2]: Write 'stdout' or a map such as { slack: '#deployments' } (slack, discord, telegram, webhook).
project.yaml:11:17: phases[0].tasks[1]: The title 'A' is used twice in the phase; give each task its own title.
project.yaml:11:50: phases[0].tasks[2].depends_on[1]: There is no task 'Q' in this phase.
project.yaml:11:53: phases[0].tasks[2].depends_on[2]: A task cannot depend on itself.
project.yaml:11:56: phases[0].tasks[2].depends_on[3]: Task 4 comes later; a task can depend on earlier ones only. Change their order.
project.yaml:11:59: phases[0].tasks[2].depends_on[4]: There is no task 9 in this phase; tasks count from 1.
project.yaml:11:63: phases[0].tasks[2].rol: Unknown key 'rol'. Did you mean 'role'?
project.yaml:11:82: phases[0].tasks[2].role: A task's role is one of implementer, tester, architect. Did you mean 'tester'?
project.yaml:11:91: phases[0].tasks[3]: A task is its title, or a map with title, description, acceptance, role, depends_on, priority.
project.yaml:11:94: phases[0].tasks[4]: The title is empty.
project.yaml:12:5: phases[1].tasks: The phase has no tasks; list at least one, or write \`breakdown: true\` to have them written.
project.yaml:12:11: phases[1].name: The phase name 'A' is taken by phase 1; give each phase its own name.
project.yaml:14:13: phases[2].branch: '-rf' cannot be a branch name: it starts with '-', which commands read as an option.
project.yaml:16:5: phases[2].breakdown: The phase has tasks and \`breakdown: true\`; keep one of the two.
project.yaml:17:5: phases[3]: This must be a map with keys such as name, branch, breakdown."
`);
  });

  it('without what it needs says so', () => {
    expect(problemsOf('name: X\n').join('\n')).toMatchInlineSnapshot(`
"project.yaml:1:1: repository: The repository is missing.
project.yaml:1:1: phases: The list of phases is missing."
`);
    expect(problemsOf(sixLines.replace('name: Deployments UI', 'name: "  "')).join('\n')).toContain(
      'project.yaml:1:7: name: The name is empty.',
    );
    expect(problemsOf(sixLines.replace(/phases:[^]*/, 'phases: []\n')).join('\n')).toContain('no phases');
    expect(problemsOf(sixLines.replace(/ {4}tasks:[^]*/, '')).join('\n')).toContain('The phase has no tasks');
  });

  it.each([
    ['name: [', 'YAML'],
    ['name: a\nname: b\n', 'unique'],
    ['', 'empty'],
    ['# nothing\n', 'empty'],
    ['- a\n', 'must be a map'],
    ['name: !secret x\n', 'Unresolved tag'],
    ['name: *x\n', "no anchor '&x'"],
    ['a\n---\nb\n', 'multiple documents'],
    ['a: &a [*a]\n', 'contains itself'],
    ['['.repeat(20_000), 'nested too deeply'],
    ['- '.repeat(20_000), 'nested too deeply'],
    ['{a: '.repeat(20_000), 'nested too deeply'],
    ['__proto__: { name: x }\n', "Unknown key '__proto__'"],
    [`name: ${'x'.repeat(300_000)}\n`, 'larger than 256 KiB'],
    [`name: ${'é'.repeat(140_000)}\n`, 'larger than 256 KiB'],
  ])('that is not usable YAML (%#) is refused with a place', (text, said) => {
    const problems = problemsOf(text);
    expect(problems.join('\n')).toContain(said);
    for (const problem of problems) expect(problem).toMatch(/^project\.yaml:[1-9]\d*:[1-9]\d*: /);
  });

  it('with an alias bomb is refused before it goes off', () => {
    const levels = 'abcdefghi'.split('').map(
      (name, index, all) =>
        `${name}: &${name} [${Array(9)
          .fill(index === 0 ? 'lol' : `*${all[index - 1]}`)
          .join(', ')}]`,
    );
    // Expanded it would have 9 ** 9 words.
    expect(problemsOf(levels.join('\n')).join('\n')).toContain('anchors');
  });

  it('may still use an anchor or two', () => {
    expect(problemsOf(`${sixLines}checks: &c [npm test]\nsetup: *c\n`)).toEqual([]);
  });

  it('is told when its branches would begin where the base or a chosen branch is', () => {
    const file = `${sixLines}branch_prefix: trunk\nbase: trunk\n`;
    expect(problemsOf(file)).toEqual([
      expect.stringContaining('branch_prefix: Branch conflict: cannot create'),
    ]);
    const chosen = '  - { name: Two, branch: bots, tasks: [Do] }\n';
    expect(problemsOf(`${sixLines}${chosen}branch_prefix: bots\n`)).toEqual([
      expect.stringContaining("cannot create 'bots' because 'bots/deployments-ui/integration' exists"),
    ]);
    expect(problemsOf(`${sixLines}${chosen}branch_prefix: robots\n`)).toEqual([]);
  });

  it('with phase branches that cannot live beside each other is told so at its line, in the promised words', () => {
    const file = `${sixLines}  - { name: Two, branch: project/deployments-ui/integration/x, tasks: [Do] }\n`;
    expect(problemsOf(file)).toEqual([
      "project.yaml:7:26: phases[1].branch: Branch conflict: cannot create 'project/deployments-ui/integration/x' because 'project/deployments-ui/integration' exists as a sibling branch in the same project. To fix: update the branch name of the conflicting phase in the project file, or rename the conflicting remote branch before continuing.",
    ]);
    expect(
      problemsOf(`${sixLines}  - { name: Two, branch: main, tasks: [Do] }\nbase: main\n`).join('\n'),
    ).toContain("'main' is already on the remote");
    // A project that is started is asked together with the remote's branches.
    expect(
      draftOf({ ...minimal, phases: [{ name: 'One', branch: 'project/shop/integration', tasks: ['Do'] }] })
        .phases[0]?.branch,
    ).toBe('project/shop/integration');
  });
});

describe('a project given as JSON', () => {
  it.each([[null], [undefined], [7], ['x'], [[]], [{}]])('that is %j is refused', (input) => {
    expect(lines(validateProjectInput(input)).length).toBeGreaterThan(0);
  });

  it('needs an absolute path, and names the field without a line', () => {
    expect(lines(validateProjectInput({ ...minimal, repository: './shop' }))).toEqual([
      "repository: './shop' is a relative path; workers need the absolute one.",
    ]);
  });

  it.each([
    [{}],
    [''],
    [{ slack: 'a', webhook: 'https://example.org' }],
    [{ webhook: 'https://ann:secret@example.org' }],
  ])('cannot notify %j', (target) => {
    const [line = '', ...more] = lines(validateProjectInput({ ...minimal, notify: [target] }));
    expect(line).toMatch(/^notify\[0\]/);
    expect(more).toEqual([]);
  });

  it.each([
    ['/srv/app', 'absolute'],
    ['C:/app', 'absolute'],
    ['services/../../etc', "leaves the repository ('..')"],
    ['..', "leaves the repository ('..')"],
    ['services/*', 'a pattern'],
    ['!services', 'a pattern'],
    ['.', 'all of it'],
    ['', 'all of it'],
    ['services//shop', 'an empty part'],
    ['services/./shop', "a '.' in it"],
    ['services/.git', "'.git'"],
    ['a\nb', 'not a usable path'],
    [7, 'must be text'],
  ])('cannot work in the folder %j', (path, why) => {
    const [line = '', ...more] = lines(validateProjectInput({ ...minimal, paths: ['services/shop', path] }));
    expect(line).toMatch(/^paths\[1\]: /);
    expect(line).toContain(why);
    expect(more).toEqual([]);
  });

  it('names every folder that it cannot work in', () => {
    expect(lines(validateProjectInput({ ...minimal, paths: ['/a', 'b', '../c', 'd*'] }))).toHaveLength(3);
    expect(lines(validateProjectInput({ ...minimal, paths: [] })).join('')).toContain('leave out paths');
  });

  it('that is huge is refused', () => {
    expect(lines(validateProjectInput({ ...minimal, description: 'x'.repeat(300_000) })).join('')).toContain(
      'larger than 256 KiB',
    );
  });

  it('keeps hostile names as they are, and never lets them into ids, branches and paths', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyName, {
          minLength: 1,
          maxLength: 4,
          selector: (name) => name.normalize('NFC').trim(),
        }),
        anyName,
        (names, title) => {
          fc.pre([...names, title].every((name) => name.trim() !== '' && name.length <= 500));
          const phases = names.map((name) => ({ name, tasks: [title] }));
          const draft = draftOf({ name: title, repository: '/srv/shop', phases });
          expect(draft.name).toBe(title);
          expect(draft.phases.map(({ name }) => name)).toEqual(names);
          expect(draft.phases[0]?.tasks[0]?.title).toBe(title);
          expect(
            [draft.slug, draft.integrationBranch, ...draft.phases.map(({ branch }) => branch)].join(' '),
          ).toMatch(/^[a-z0-9/ -]+$/);
          const branches = [draft.integrationBranch, ...draft.phases.map(({ branch }) => branch)];
          branches.forEach((wanted, index) => {
            const siblings = branches.filter((_, other) => other !== index);
            expect(
              findBranchConflict({ wanted, siblings, remote: [], own: false, foldCase: true }),
            ).toBeUndefined();
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('written as YAML and read again is the same input', () => {
    const name = anyName.filter((text) => text.trim() !== '' && !/\p{Surrogate}/u.test(text));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const input = {
          name: one,
          repository: '/srv/shop',
          phases: [{ name: other, tasks: [one, { title: `${one} 2`, description: other }] }],
        };
        const read = parseProjectFile(stringify(input), 'project.yaml');
        expect('input' in read ? read.input : lines(read)).toEqual(input);
      }),
      { numRuns: 200 },
    );
  });

  it('of any shape is understood or refused, never a crash', () => {
    const keys = fc.constantFrom(
      'name',
      'repository',
      'phases',
      'tasks',
      'limits',
      'approval',
      'notify',
      'base',
      'design',
      'title',
      'depends_on',
      'role',
      'number',
      '__proto__',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.anything({ maxDepth: 0 }),
        anyName,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(value, value, (phases, tasks) => {
        const json: unknown = JSON.parse(
          JSON.stringify({ ...minimal, phases: [phases, { name: 'x', tasks }] }, (_, part: unknown) =>
            typeof part === 'bigint' ? 1 : part,
          ),
        );
        for (const read of [
          validateProjectInput(json),
          validateStandaloneTaskInput(phases),
          validateTasks(tasks, []),
        ]) {
          for (const line of lines(read)) expect(line).not.toMatch(/[\n\u001b]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a standalone task', () => {
  it('needs a title and a repository', () => {
    const read = validateStandaloneTaskInput({
      title: 'Fix the typo',
      repository: '/srv/shop',
      approval: { phases: 'none' },
    });
    expect('draft' in read && read.draft).toMatchObject({
      slug: 'fix-the-typo',
      branch: 'task/fix-the-typo',
      base: null,
      task: { number: 1, title: 'Fix the typo', role: 'implementer', dependsOn: [] },
      settings: { approval: { phases: 'none', project: 'none' }, mergeMethod: 'merge' },
    });
    expect(lines(validateStandaloneTaskInput({ titel: 'x' })).join('\n')).toMatchInlineSnapshot(`
"title: The title is missing.
repository: The repository is missing.
titel: Unknown key 'titel'. Keys here: title, description, acceptance, slug, repository, base, paths, branch_prefix, approval, setup, checks, check_timeout, limits, notify, merge_method, on_cancel."
`);
  });
});

describe('tasks that come later', () => {
  const existing = [
    { number: 1, title: 'One' },
    { number: 2, title: 'Two' },
  ];

  it('are numbered on after the existing ones and may depend on them', () => {
    const read = validateTasks(
      [
        'Three',
        { title: 'Four', depends_on: ['One', 3] },
        { number: 2, title: 'Two again', depends_on: [1] },
      ],
      existing,
    );
    expect(
      'tasks' in read && read.tasks.map(({ number, title, dependsOn }) => [number, title, dependsOn]),
    ).toEqual([
      [3, 'Three', []],
      [4, 'Four', [1, 3]],
      [2, 'Two again', [1]],
    ]);
  });

  it('with mistakes are refused, each with its place', () => {
    expect(
      lines(
        validateTasks(
          [
            'One',
            { number: 7, title: 'x' },
            { number: 2, title: 'a' },
            { number: 2, title: 'b', depends_on: ['nobody'] },
          ],
          existing,
        ),
      ),
    ).toEqual([
      "[0]: The title 'One' is used twice in the phase; give each task its own title.",
      '[1].number: There is no task 7 to change; leave the number out to add a task.',
      '[3].number: Task 2 is changed twice here.',
      "[3].depends_on[0]: There is no task 'nobody' in this phase.",
    ]);
    expect(lines(validateTasks([], existing)).join()).toContain('no tasks');
    expect(lines(validateTasks({ tasks: [] }, existing)).join()).toContain('must be a list of tasks');
  });
});

describe('the digest of an input', () => {
  it('is the same whatever the order of keys, and another after any change', () => {
    expect(specDigest({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(specDigest({ b: { c: [1, 2] }, a: 1 }));
    expect(specDigest({ a: [1, 2] })).not.toBe(specDigest({ a: [2, 1] }));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        fc.pre(
          JSON.stringify(one) !== JSON.stringify(other) &&
            !(typeof one === 'object' && typeof other === 'object'),
        );
        expect(specDigest(one)).not.toBe(specDigest(other));
      }),
    );
  });
});
