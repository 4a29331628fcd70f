/**
 * Git as workflows see it. Every activity can run twice: commits are made from the request alone, so a repeat makes the same SHA,
 * and pushes expect a value and decide an unknown answer by reading the remote.
 */
import { Context } from '@temporalio/activity';
import { surfaceErrors } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { createBranch, findHead, restoreBranch } from './branches.ts';
import { commitCandidate, prepareWorktree } from './candidates.ts';
import type { GitActivities } from './contract.ts';
import { isLanded } from './landed.ts';
import { bringUpToDate, land, mergeBranch, rebase, updateFromBase } from './landing.ts';
import type { Git } from './port.ts';
import { awaitLanded, changedFiles, closeWorkspace, findLanded, readFence, readTips } from './reads.ts';

const beatMs = 2_000;

export function createGitActivities({ git }: { readonly git: Git }): GitActivities {
  return {
    readFence: activity('readFence', (request) => readFence(git, request)),
    createBranch: activity('createBranch', (request) => createBranch(git, request)),
    findHead: activity('findHead', (request) => findHead(git, request)),
    restoreBranch: activity('restoreBranch', (request) => restoreBranch(git, request)),
    prepareWorktree: activity('prepareWorktree', (request) => prepareWorktree(git, request)),
    commitCandidate: activity('commitCandidate', (request) => commitCandidate(git, request)),
    land: activity('land', (request) => land(git, request)),
    bringUpToDate: activity('bringUpToDate', (request) => bringUpToDate(git, request)),
    rebase: activity('rebase', (request) => rebase(git, request)),
    mergeBranch: activity('mergeBranch', (request) => mergeBranch(git, request)),
    updateFromBase: activity('updateFromBase', (request) => updateFromBase(git, request)),
    readTips: activity('readTips', (request) => readTips(git, request)),
    verifyLanded: activity('verifyLanded', (request) => isLanded(git, request)),
    awaitLanded: activity('awaitLanded', (request) => awaitLanded(git, request)),
    findLanded: activity('findLanded', (request) => findLanded(git, request)),
    changedFiles: activity('changedFiles', (request) => changedFiles(git, request)),
    closeWorkspace: activity('closeWorkspace', (request) => closeWorkspace(git, request)),
  };
}

/** Undefined outside an activity, e.g. when another part of the worker calls the same function. */
function currentActivity(): Context | undefined {
  try {
    return Context.current();
  } catch {
    return undefined;
  }
}

/** The fault points, the heartbeat and the errors that every activity here has. */
function activity<Request, Result>(
  name: string,
  body: (request: Request) => Promise<Result>,
): (request: Request) => Promise<Result> {
  return (request) =>
    surfaceErrors(async () => {
      await faultPoint(name, 'before');
      const context = currentActivity();
      const beat = () => {
        context?.heartbeat();
        void faultPoint(name, 'heartbeat').catch(() => undefined);
      };
      const beating = context === undefined ? undefined : setInterval(beat, beatMs);
      try {
        const result = await body(request);
        await faultPoint(name, 'result');
        return result;
      } finally {
        clearInterval(beating);
      }
    });
}
