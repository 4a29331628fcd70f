import { describe, expect, it } from '@jest/globals';
import { canSayNo, isStep, stepAllowedIn, stepNames, steps } from '../../../domain/flow/steps.ts';

describe('the registry of steps', () => {
  it('has exactly the documented steps', () => {
    expect([...stepNames].sort()).toEqual(
      [
        'commit_changes',
        'run_checks',
        'rebase_on_project_branch',
        'push_branch',
        'open_pull_request',
        'update_pull_request',
        'human_approval',
        'merge_pull_request',
        'land_on_phase_branch',
        'notify',
        'break_down',
      ].sort(),
    );
  });

  it('says what each is for in one sentence', () => {
    for (const name of stepNames) expect(steps[name].meaning).toMatch(/^[A-Z][^\n]{20,160}\.$/);
  });

  it('knows where each may be used and which can say no', () => {
    expect(stepAllowedIn('land_on_phase_branch', 'task')).toBe(true);
    expect(stepAllowedIn('land_on_phase_branch', 'standalone')).toBe(false);
    expect(stepAllowedIn('open_pull_request', 'task')).toBe(false);
    expect(stepNames.filter((name) => !canSayNo(name))).toEqual(['update_pull_request', 'notify']);
  });

  it('knows nothing else, not even what every object has', () => {
    for (const name of ['deploy', 'Commit_Changes', '', 'toString', '__proto__', 'constructor'])
      expect(isStep(name)).toBe(false);
  });
});
