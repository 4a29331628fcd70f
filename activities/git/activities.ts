/**
 * Git as workflows see it. Every activity can run twice: commits are made from the request alone, so a repeat makes the same SHA,
 * and pushes expect a value and decide an unknown answer by reading the remote.
 */
import type { ChecksResult, RunChecksRequest } from '../checks/contract.ts';
import { type ActivityRun, defineActivity, withElapsed } from '../support/define-activity.ts';
import { createBranch, findHead, restoreBranch } from './branches.ts';
import { commitCandidate, prepareWorktree } from './candidates.ts';
import type { CloseWorkspaceRequest, GitActivities } from './contract.ts';
import { isLanded } from './landed.ts';
import { bringUpToDate, land, mergeBranch } from './landing.ts';
import type { Git } from './port.ts';
import { awaitLanded, closeWorkspace, findLanded, readFence, readTips } from './reads.ts';

export interface GitActivitiesOptions {
  readonly git: Git;
  /** On a candidate, in the same try that made it. */
  readonly runChecks: (request: RunChecksRequest, run: ActivityRun) => Promise<ChecksResult>;
  /** What else a workspace leaves on this host is removed around its grounds and refs. */
  readonly clean?: (
    workspace: CloseWorkspaceRequest['workspace'],
    close: () => Promise<void>,
  ) => Promise<void>;
}

export function createGitActivities({ git, runChecks, clean }: GitActivitiesOptions): GitActivities {
  return {
    readFence: defineActivity('readFence', (request) => readFence(git, request)),
    createBranch: defineActivity('createBranch', (request) => createBranch(git, request)),
    findHead: defineActivity('findHead', (request) => findHead(git, request)),
    restoreBranch: defineActivity('restoreBranch', (request) => restoreBranch(git, request)),
    prepareWorktree: defineActivity('prepareWorktree', (request) => prepareWorktree(git, request)),
    commitCandidate: defineActivity('commitCandidate', (request, run) =>
      commitCandidate(git, request, (checks) => runChecks(checks, run)),
    ),
    land: defineActivity(
      'land',
      withElapsed((request) => land(git, request)),
    ),
    bringUpToDate: defineActivity(
      'bringUpToDate',
      withElapsed((request) => bringUpToDate(git, request)),
    ),
    mergeBranch: defineActivity(
      'mergeBranch',
      withElapsed((request) => mergeBranch(git, request)),
    ),
    readTips: defineActivity('readTips', (request) => readTips(git, request)),
    verifyLanded: defineActivity('verifyLanded', (request) => isLanded(git, request)),
    awaitLanded: defineActivity('awaitLanded', (request, { signal }) => awaitLanded(git, request, signal)),
    findLanded: defineActivity('findLanded', (request) => findLanded(git, request)),
    closeWorkspace: defineActivity('closeWorkspace', (request) => closeWorkspace(git, request, clean)),
  };
}
