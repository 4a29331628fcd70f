/** Tables of the pages against the code that they describe, both ways. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { settings } from '../../config/schema.ts';
import { failures } from '../../domain/failure.ts';
import { messageFields } from '../../domain/messages/messages.ts';
import { projectKeys } from '../../domain/project-file/published.schema.ts';
import { roles } from '../../domain/model/project.ts';
import {
  conditions,
  conditionTransitions,
  lifecycles,
  lifecycleTransitions,
  phaseStatuses,
  phaseTransitions,
  taskStatuses,
  taskTransitions,
} from '../../domain/model/status.ts';
import { steps } from '../../domain/flow/steps.ts';
import { page, pages, root, table, tables } from './pages.ts';

const glossary = page('docs/glossary.md');
const firstOf = (rows: readonly (readonly string[])[]) => rows.map(([first]) => first);

it('docs/errors.md has a row for every code, with its meaning, whether it is retried and the response, and no other', () => {
  const rows = tables(page('docs/errors.md'), 'code', 'meaning', 'retried', 'response', 'what to do');

  const lines = rows.map(([code, meaning, retried, response]) =>
    [code, meaning, retried, response].join(' | '),
  );
  const wanted = Object.entries(failures).map(([code, { meaning, retryable, response, ...more }]) => {
    const tries = 'tries' in more ? `${String(more.tries)} tries` : 'yes';
    return [code, meaning, retryable ? tries : 'no', response].join(' | ');
  });
  expect(lines.toSorted()).toEqual(wanted.toSorted());
  expect(rows.filter(([, , , , advice]) => (advice ?? '').length < 10)).toEqual([]);
});

it("the glossary's statuses are those of the code", () => {
  expect(firstOf(table(glossary, 'phase status', 'meaning'))).toEqual([...phaseStatuses]);
  expect(firstOf(table(glossary, 'task status', 'meaning'))).toEqual([...taskStatuses]);
  expect(firstOf(table(glossary, 'condition', 'meaning'))).toEqual([...conditions]);
  expect(firstOf(table(glossary, 'lifecycle', 'meaning'))).toEqual([...lifecycles]);
});

it("the glossary's roles are those of the code", () => {
  const role = table(glossary, 'word', 'meaning').find(([word]) => word === 'role')?.[1] ?? '';

  expect([...role.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual([...roles]);
});

it('docs/lifecycle.md has the transitions of the code', () => {
  const rows = tables(page('docs/lifecycle.md'), 'from', 'to');
  const written = [phaseTransitions, taskTransitions, lifecycleTransitions, conditionTransitions].flatMap(
    (transitions) =>
      Object.entries<readonly string[]>(transitions).map(([from, to]) => [from, to.join(' ') || 'final']),
  );

  expect(rows.map(([from, to = '']) => [from, to.replaceAll('`', '')])).toEqual(written);
});

it('docs/lifecycle.md has the stages of an advance', () => {
  const stages = {
    next_phase_started: 'true',
    next_phase_held: 'true',
    workflow_complete: 'true',
    complete_phase: 'false',
  };

  expect(
    Object.fromEntries(
      table(page('docs/lifecycle.md'), 'stage', 'when', 'success').map(([stage, , success]) => [
        stage,
        success,
      ]),
    ),
  ).toEqual(stages);
});

it('docs/flows.md has every step, where it may stand and what it does', () => {
  const places = { phase: 'phases', task: 'tasks of a phase', standalone: 'standalone tasks' };

  expect(table(page('docs/flows.md'), 'step', 'in', 'meaning')).toEqual(
    Object.entries(steps).map(([name, step]) => [
      name,
      step.places.map((place) => places[place]).join(', '),
      step.meaning,
    ]),
  );
});

it('docs/operations.md has every setting', () => {
  expect(table(page('docs/operations.md'), 'flag', 'variable', 'meaning')).toEqual(
    Object.values(settings).map(({ flag, variable, meaning }) => [flag ?? '', variable, meaning]),
  );
});

it('docs/project-file.md has every key, with its default and meaning', () => {
  expect(table(page('docs/project-file.md'), 'key', 'default', 'meaning')).toEqual(
    projectKeys.map(({ key, default: value, meaning }) => [key, value.replace(/^\((.*)\)$/, '$1'), meaning]),
  );
});

it('docs/architecture.md has every message', () => {
  const named = table(page('docs/architecture.md'), 'message', 'on', 'payload').flatMap(
    ([names = '']) => names.match(/[a-zA-Z]+/g) ?? [],
  );

  expect(named.filter((name) => name !== 'status' && name !== 'query').toSorted()).toEqual(
    Object.keys(messageFields).toSorted(),
  );
});

it("docs/architecture.md's map leads to files, and every file of ours that a page names is there", () => {
  const rows = table(page('docs/architecture.md'), 'question', 'file');
  const mapped = rows.flatMap(([, file = '']) => file.match(/[\w-]+\/[\w/.-]*/g) ?? []);
  const code =
    /`((?:activities|bench|bin|client|config|docs|domain|flows|schemas|temporal|tests|workers|workflows)\/[\w./-]*)`/g;
  const named = pages.flatMap(({ text }) => [...text.matchAll(code)].map(([, file = '']) => file));

  expect(mapped.length).toBeGreaterThanOrEqual(rows.length);
  expect(named.length).toBeGreaterThan(mapped.length);
  expect([...mapped, ...named].filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
