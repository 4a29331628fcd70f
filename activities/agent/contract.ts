/** What workflows ask of agents. Types only; transcripts stay on the host. */
import type { AttemptKey } from '../../domain/model/git.ts';
import type { PersonMessage, PromptRef } from '../../domain/model/briefing.ts';
import type { Role, WorkspaceRef } from '../../domain/model/project.ts';
import type { AgentResult, Usage } from '../../domain/model/agent-result.ts';

export interface RunAgentRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly role: Role;
  readonly prompt: PromptRef;
  readonly timeoutMs: number;
  /** How often this role has run for the task, from 1: recorded edits (`script`) answer by it. */
  readonly turn: number;
  readonly task: { readonly number: number; readonly title: string };
  readonly phase: { readonly number: number; readonly name: string } | null;
}

export interface AgentRun {
  readonly result: AgentResult;
  readonly elapsedMs: number;
  readonly usage: Usage | null;
  /** Ids of inbox messages the agent took. */
  readonly read: readonly string[];
  readonly engine: string;
}

export interface AgentActivities {
  runAgent(request: RunAgentRequest): Promise<AgentRun>;
  /** Puts messages into a running agent's inbox. */
  deliverMessages(request: {
    readonly key: AttemptKey;
    readonly messages: readonly PersonMessage[];
  }): Promise<void>;
}
