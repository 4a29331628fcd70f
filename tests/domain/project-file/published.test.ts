import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { projectJsonSchema, projectKeys } from '../../../domain/project-file/published.schema.ts';
import { validateProjectInput } from '../../../domain/project-file/parse.schema.ts';

describe("the project file's published forms", () => {
  it('are up to date (else: node tests/support/write-schemas.ts)', () => {
    const published: unknown = JSON.parse(
      readFileSync(new URL('../../../schemas/project.schema.json', import.meta.url), 'utf8'),
    );
    expect(projectJsonSchema()).toEqual(published);
  });

  it('explain every key', () => {
    for (const { key, meaning } of projectKeys)
      expect([key, meaning]).toEqual([key, expect.stringMatching(/^\S.{7,}\S$/)]);
  });

  it('name every key of the documented examples, with its default', () => {
    const defaults = Object.fromEntries(projectKeys.map((row) => [row.key, row.default]));
    expect(defaults).toMatchObject({
      name: '(required)',
      repository: '(required)',
      base: '(none)',
      design: '(none)',
      'phases[].name': '(required)',
      'phases[].tasks[].title': '(required)',
      'phases[].tasks[].depends_on': '[]',
      pull_requests: 'phase',
      'approval.phases': 'required',
      'approval.approvers': '[]',
      'approval.remind_after': '4h',
      'approval.expire_after': '7d',
      'approval.on_expiry': 'hold',
      'approval.carry': 'patches',
      setup: '[]',
      checks: '[]',
      check_timeout: '10m',
      'limits.agent_timeout': '30m',
      'limits.phase_timeout': '1d',
      'limits.attempts': '3',
      'limits.budget_usd': 'null',
      notify: '["stdout"]',
      merge_method: 'merge',
      on_cancel: 'keep_pull_requests',
    });
  });

  it('tell defaults that are really used', () => {
    const minimal = { name: 'Shop', repository: '/srv/shop', phases: [{ name: 'One', tasks: ['Do'] }] };
    const written = {
      approval: {
        remind_after: '4h',
        expire_after: '7d',
        on_expiry: 'hold',
        carry: 'patches',
        phases: 'required',
        project: 'required',
        approvers: [],
      },
      check_timeout: '10m',
      limits: { agent_timeout: '30m', phase_timeout: '1d', attempts: 3, budget_usd: null, tokens: null },
      notify: ['stdout'],
      pull_requests: 'phase',
      merge_method: 'merge',
      on_cancel: 'keep_pull_requests',
    };
    expect(validateProjectInput({ ...minimal, ...written })).toEqual(validateProjectInput(minimal));
  });
});
