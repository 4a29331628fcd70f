import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  parseWorkflowId,
  phaseWorkflowId,
  projectWorkflowId,
  standaloneTaskWorkflowId,
  taskWorkflowId,
  workspaceOwner,
} from '../../../domain/names/workflow-ids.ts';

const slug = 'deployments-ui';

describe('workflow ids', () => {
  it('are what the documentation promises', () => {
    expect({
      project: projectWorkflowId(slug),
      phase: phaseWorkflowId(slug, 2),
      task: taskWorkflowId(slug, 2, 3),
      standalone: standaloneTaskWorkflowId(slug),
    }).toEqual({
      project: 'project.deployments-ui',
      phase: 'project.deployments-ui.phase.2',
      task: 'project.deployments-ui.phase.2.task.3',
      standalone: 'task.deployments-ui',
    });
  });

  it('are understood again', () => {
    const count = fc.integer({ min: 1, max: 999_999 });
    fc.assert(
      fc.property(count, count, (phase, task) => {
        expect(parseWorkflowId(projectWorkflowId(slug))).toEqual({ kind: 'project', slug });
        expect(parseWorkflowId(phaseWorkflowId(slug, phase))).toEqual({ kind: 'phase', slug, phase });
        expect(parseWorkflowId(taskWorkflowId(slug, phase, task))).toEqual({
          kind: 'task',
          slug,
          phase,
          task,
        });
        expect(parseWorkflowId(standaloneTaskWorkflowId(slug))).toEqual({ kind: 'standalone', slug });
      }),
    );
  });

  it.each([
    'deployments-ui',
    'project.',
    'project.Up',
    'project.a.b',
    'project.lock',
    'task.a.phase.1',
    'project.a.phase.0',
    'project.a.phase.1.task.x',
    'project.a.phase.1.task.1.x',
    'project.../x',
    ' project.a',
    'project.a\n',
  ])('of others (%j) are not taken for ours', (id) => {
    expect(parseWorkflowId(id)).toBeUndefined();
  });

  it('name the owner of a worktree: the slug of a project, the whole id of a standalone task', () => {
    expect(workspaceOwner({ kind: 'project', slug })).toBe(slug);
    expect(workspaceOwner({ kind: 'phase', slug })).toBe(slug);
    expect(workspaceOwner({ kind: 'standalone', slug })).toBe('task.deployments-ui');
  });
});
