/**
 * How a branch gets into its base, once for phase → integration, project → base and standalone task → base: people were faster? →
 * bring up to date → test → pull request → gate on (head, base) → merge expecting both → verified, or round again. What is next is
 * `decide`'s affair (domain/landing/); here each action is done, and what it came to is told.
 */
import { sleep } from '@temporalio/workflow';
import type { Goal, Landed, LandingAction, LandingEvent } from '../../domain/landing/landing.ts';
import { formatDuration } from '../../domain/text/duration.ts';
import { decide } from '../../domain/landing/next.ts';
import { apply } from '../../domain/landing/apply.ts';
import { isRestless } from '../../domain/landing/ends.ts';
import { restless } from '../../domain/landing/sentences.ts';
import { askPeople, carryApproval } from './approval.ts';
import { awaitUnblocked } from './blocked.ts';
import { bringUpToDate, findHead, push, restore, restoreBase } from './branch.ts';
import { awaitMergeByHand, findLanded, merge } from './merge.ts';
import { openPullRequest } from './pull-request.ts';
import { tell } from '../messaging/notices.ts';
import { audience, type LandingOwner } from './owner.ts';
import { test } from './test.ts';

/** As far as the goal. Null: it is reached, and the landing goes on from there with the next one. */
export async function land(owner: LandingOwner, goal: Goal): Promise<Landed | null> {
  const { progress } = owner;
  for (;;) {
    const action = decide(owner.policy, goal, progress.landing);
    if (action.kind === 'reached') return null;
    if (action.kind === 'end') return action.landed;
    await owner.notPaused();
    const event = await perform(owner, action);
    const before = progress.landing;
    progress.landing = apply(owner.policy, before, event);
    if (event.kind === 'pushed') await carryApproval(owner, before);
    owner.show();
  }
}

type Performed = Exclude<LandingAction, { readonly kind: 'reached' | 'end' }>;

function perform(owner: LandingOwner, action: Performed): Promise<LandingEvent> {
  switch (action.kind) {
    case 'update':
      return bringUpToDate(owner);
    case 'test':
      return test(owner, action.sha);
    case 'push':
      return push(owner, action);
    case 'restore':
      return restore(owner, action.sha);
    case 'restore_base':
      return restoreBase(owner, action.sha);
    case 'find_head':
      return findHead(owner);
    case 'open':
      return openPullRequest(owner, action.behind);
    case 'ask':
      return askPeople(owner, action.gate);
    case 'merge':
      return merge(owner);
    case 'await_host':
      return awaitUnblocked(owner, action.why);
    case 'await_person':
      return awaitMergeByHand(owner, action);
    case 'find_landed':
      return findLanded(owner, action.sha);
    case 'pause':
      return pause(owner, action.ms);
  }
}

async function pause(owner: LandingOwner, ms: number): Promise<LandingEvent> {
  const { label, policy, progress, show, slug, listener } = owner;
  progress.detail = `'${policy.branch}' or '${policy.baseBranch}' moves again and again; the next round is in ${formatDuration(ms)}`;
  const tooOften = isRestless(progress.landing) ? restless(policy, progress.landing) : null;
  if (tooOften !== null) {
    owner.onWaiting({ kind: 'host', text: tooOften });
    const title = `'${policy.baseBranch}' moves too often for '${slug}'`;
    if (listener.isFirstTime(`restless:${policy.branch}`))
      tell(audience(owner), { kind: 'waiting_for_merge', title, text: `It waits for ${tooOften}` });
  }
  show();
  await sleep(ms, { summary: `${label}: the next round` });
  if (tooOften !== null) owner.onWaiting(null);
  return { kind: 'paused' };
}
