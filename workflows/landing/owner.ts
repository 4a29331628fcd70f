/** Who lands: what a phase, a project and a standalone task give to the landing that they share. */
import type { AttemptKey, CommitMetadata, Fence } from '../../domain/model/git.ts';
import type { ProjectSettings, WorkspaceRef } from '../../domain/model/project.ts';
import type { LandingPolicy, LandingState, Updated } from '../../domain/landing/landing.ts';
import type { ApprovalGate, Question } from '../approval/gate.ts';
import type { MessageHandlers } from '../messaging/message-handlers.ts';
import type { Audience } from '../messaging/notices.ts';
import type { PullRequestListener } from './watch.ts';

/** Plain data of the owner that a landing changes; the owner carries it over. */
export interface LandingProgress {
  landing: LandingState;
  fence: Fence;
  workedMs: number;
  detail: string;
}

/** What a merge waits for outside of Phasewright: the code host's rules, or a person. */
export interface WaitsFor {
  readonly kind: 'host' | 'person';
  /** After 'waits for'. */
  readonly text: string;
}

export interface LandingOwner {
  readonly slug: string;
  readonly workspace: WorkspaceRef;
  readonly settings: ProjectSettings;
  /** As it is now: people may amend it meanwhile. */
  readonly policy: LandingPolicy;
  /** Begins the summary of every activity: `phase 2`, `project`. */
  readonly label: string;
  readonly progress: LandingProgress;
  readonly approvalGate: ApprovalGate;
  readonly handlers: MessageHandlers;
  readonly listener: PullRequestListener;
  /** Its own checks belong to no task. */
  readonly checksKey: () => AttemptKey;
  readonly remainingMs: () => number;
  readonly notPaused: () => Promise<void>;
  /** Of the merge into base, and of a merge of base into the branch. */
  readonly mergeMetadata: () => CommitMetadata;
  readonly updateMetadata: () => CommitMetadata;
  readonly pullRequestText: () => { readonly title: string; readonly body: string; readonly marker: string };
  readonly question: (gate: number) => Pick<Question, 'id' | 'question' | 'command'>;
  /** A gate opened, or was answered. */
  readonly onGate: (open: boolean, detail: string) => void;
  /** Other commits stand for the tasks now. */
  readonly onRebased: (updated: Updated) => void;
  /** What the merge waits for outside of Phasewright; null: nothing. */
  readonly onWaiting: (waitsFor: WaitsFor | null) => void;
  readonly show: () => void;
}

/** Whom to tell about it. */
export const audience = ({ slug, settings }: LandingOwner): Audience => ({
  project: slug,
  targets: settings.notify,
});
