/** What workflows ask of agents. Types only; transcripts stay on the host. */
import type { AttemptKey } from '../../domain/model/git.ts';
import type { PersonMessage, PromptRef, PromptRequest } from '../../domain/model/briefing.ts';
import type { Role } from '../../domain/model/project.ts';
import type { AgentResult, Usage } from '../../domain/model/agent-result.ts';

/** What the prompt is made of, and how long the agent may take. */
export interface RunAgentRequest extends PromptRequest {
  readonly timeoutMs: number;
  /** How often this role has run for the task, from 1: recorded edits (`script`) answer by it. */
  readonly turn: number;
}

export interface AgentRun {
  readonly result: AgentResult;
  readonly elapsedMs: number;
  readonly usage: Usage | null;
  /** Ids of inbox messages the agent took. */
  readonly read: readonly string[];
  readonly engine: string;
  /** What the agent was told. */
  readonly prompt: PromptRef;
}

/** One run of an agent; its tries share it. */
export interface AgentTurn {
  readonly key: AttemptKey;
  readonly role: Role;
  /** How often this role has run for the task, from 1. */
  readonly turn: number;
}

export interface DeliverMessagesRequest extends AgentTurn {
  readonly messages: readonly PersonMessage[];
}

export interface AgentActivities {
  runAgent(request: RunAgentRequest): Promise<AgentRun>;
  /** Puts messages into a running agent's inbox. */
  deliverMessages(request: DeliverMessagesRequest): Promise<void>;
}
