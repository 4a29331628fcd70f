/** The SDK's input has the project file's keys as its type: the compiler reads this file, and what must not compile says so. */
import { expect, it } from '@jest/globals';
import type { StartInput, TaskInput } from '../../client/start-input.ts';
import { parseProjectFile, validateStandaloneTaskInput } from '../../domain/project-file/parse.schema.ts';

const project: StartInput = {
  name: 'Shop',
  repository: '/srv/shop',
  phases: [
    { name: 'Data model', tasks: ['Add the table', { title: 'Fill it', depends_on: [1], priority: 2 }] },
  ],
  approval: { phases: 'none', approvers: ['pia'] },
  limits: { attempts: 2, agent_timeout: '10m' },
};
const task: TaskInput = { title: 'Fix the readme', repository: '/srv/shop', checks: ['npm test'] };

it('takes what a project file may say, and is what one is read as', () => {
  const read = parseProjectFile(JSON.stringify(project), 'project.yaml');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const again: StartInput = read.input;

  expect(again).toEqual(project);
  expect(validateStandaloneTaskInput(task)).toHaveProperty('draft.slug', 'fix-the-readme');
});

it('refuses unknown keys, wrong words and missing ones before anything runs', () => {
  const wrong: readonly (StartInput | TaskInput)[] = [
    // @ts-expect-error: `task` is not a key of a phase.
    { ...project, phases: [{ name: 'Data model', task: ['Add the table'] }] },
    // @ts-expect-error: `maybe` is no level of approval.
    { ...project, approval: { phases: 'maybe' } },
    // @ts-expect-error: a project has phases.
    { name: 'Shop', repository: '/srv/shop' },
    // @ts-expect-error: a task needs a repository.
    { title: 'Fix the readme' },
  ];

  expect(wrong).toHaveLength(4);
});
