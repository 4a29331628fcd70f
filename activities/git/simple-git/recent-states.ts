/**
 * What a remote said a moment ago, and what our own pushes have made of it since: the branches of a project that begins are made one
 * after another, and each would ask the same. Nothing rests on it that a push doesn't check.
 */
import type { Fence } from '../../../domain/model/git.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import type { RefUpdate, RemoteState } from '../port.ts';

interface Seen extends RemoteState {
  /** When the remote said so, by a clock that nobody sets. */
  readonly at: number;
}

export interface RecentStates {
  /** The remote has just been asked. */
  see(workspace: WorkspaceRef, state: RemoteState): RemoteState;
  /** Undefined: nothing, or too long ago, or not with this fence. */
  find(workspace: WorkspaceRef, fence: Fence): Seen | undefined;
  /** The same, and it is forgotten: it is about to change. */
  take(workspace: WorkspaceRef, fence: Fence): Seen | undefined;
  /** What was taken, after a push that moved these refs and left this fence. */
  keep(workspace: WorkspaceRef, before: Seen, updates: readonly RefUpdate[], fence: Fence): void;
}

const heads = 'refs/heads/';
const goodForMs = 10_000;
const rememberAtMost = 1_000;

export function createRecentStates(): RecentStates {
  const seen = new Map<string, Seen>();
  const keyOf = ({ owner, repository }: WorkspaceRef): string => JSON.stringify([owner, repository]);
  const put = (workspace: WorkspaceRef, state: Seen): void => {
    if (seen.size >= rememberAtMost) seen.clear();
    seen.set(keyOf(workspace), state);
  };
  const find: RecentStates['find'] = (workspace, { sha }) => {
    const state = seen.get(keyOf(workspace));
    const isRecent = state !== undefined && performance.now() - state.at < goodForMs;
    return isRecent && state.fenceSha === sha ? state : undefined;
  };
  return {
    find,
    see(workspace, state) {
      put(workspace, { ...state, at: performance.now() });
      return state;
    },
    take(workspace, fence) {
      const state = find(workspace, fence);
      seen.delete(keyOf(workspace));
      return state;
    },
    keep(workspace, { branches: before, at }, updates, fence) {
      const branches = new Map(before);
      for (const { ref, sha } of updates) {
        if (!ref.startsWith(heads)) continue;
        if (sha === null) branches.delete(ref.slice(heads.length));
        else branches.set(ref.slice(heads.length), sha);
      }
      put(workspace, { branches, fenceSha: fence.sha, at });
    },
  };
}
