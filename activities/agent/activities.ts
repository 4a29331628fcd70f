/**
 * Running agents. An agent edits its worktree and returns a result; it has a slot, a deadline, a prompt, a result file
 * and an inbox. What must stay true: at most one agent at a time in a worktree, none left when this returns.
 */
import type { AgentsConfig, Blueprint } from '../../domain/agents/blueprints.ts';
import { agentsSnippet } from '../../domain/agents/blueprints.schema.ts';
import type { AgentActivities, AgentRun, DeliverMessagesRequest, RunAgentRequest } from './contract.ts';
import type { Role } from '../../domain/model/project.ts';
import type { Artifacts } from '../artifacts/port.ts';
import type { Git } from '../git/port.ts';
import { type ActivityRun, defineActivity } from '../support/define-activity.ts';
import type { Environment } from '../support/environment.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { openLog } from '../support/output.ts';
import { createRedactor } from '../support/redact.ts';
import { killLeftovers } from '../support/process-records.ts';
import { watchAnswer } from './answer-watch.ts';
import { deliver, openExchange, readMessages, readResultFile } from './exchange.ts';
import { judgeRun } from './judge-run.ts';
import type { AgentJob, Engines } from './port.ts';
import { agentArtifact, type WrittenPrompt, writePrompt } from './prompt.ts';
import { createSlots } from './slots.ts';

export interface AgentDependencies {
  readonly agents: AgentsConfig;
  readonly engines: Engines;
  readonly git: Pick<Git, 'worktreePath'>;
  readonly artifacts: Artifacts;
  readonly dataDir: string;
  readonly hostId: string;
  /** The worker's own: its secrets are kept out of what agents answer. */
  readonly environment: Environment;
}

export function createAgentActivities(dependencies: AgentDependencies): AgentActivities {
  const { agents, engines, git, artifacts, dataDir, hostId, environment } = dependencies;
  const slots = createSlots();

  /**
   * Safe to repeat: what a dead worker left running in the worktree is ended first, the result file is fresh, messages
   * delivered before stay; the agent is then started again on what the lost try left in the prepared worktree.
   */
  async function runAgent(request: RunAgentRequest, { signal, say }: ActivityRun): Promise<AgentRun> {
    const { key, role } = request;
    const blueprint = blueprintFor(agents, role);
    const doing = (what: string): void => say({ role, doing: what });
    doing(`waiting for a slot (${role}, at most ${blueprint.maxInstances} on ${hostId})`);
    const release = await slots.take(role, blueprint.maxInstances, signal);
    let run: AgentRun;
    try {
      doing('starting');
      const written = await writePrompt(artifacts, request);
      const worktree = git.worktreePath(request.workspace);
      await killLeftovers(dataDir, { scope: worktree });
      // What it says goes further than what it prints: into histories and pull requests.
      const redactor = createRedactor({ ...environment, ...blueprint.set });
      const answer = watchAnswer(role, () => readResultFile(dataDir, request, redactor));
      const prepared = await prepare(request, written, blueprint, worktree);
      const job: AgentJob = { ...prepared, answered: answer.answered };
      signal.throwIfAborted();
      const ended = await engines[blueprint.engine].run(job, signal, doing);
      signal.throwIfAborted();
      doing('reading the result');
      await faultPoint('runAgent', 'effect');
      const judged = judgeRun(role, blueprint.engine, ended, await answer.settle(ended.ended));
      const { artifact, digest } = written;
      run = {
        ...judged,
        elapsedMs: ended.elapsedMs,
        read: await readMessages(dataDir, request),
        engine: blueprint.engine,
        prompt: { artifact, digest },
      };
    } finally {
      release();
    }
    await artifacts.add(
      agentArtifact(key, role, 'result.json'),
      `${JSON.stringify({ turn: request.turn, ...run }, null, 2)}\n`,
    );
    return run;
  }

  async function prepare(
    request: RunAgentRequest,
    written: WrittenPrompt,
    blueprint: Blueprint,
    worktree: string,
  ): Promise<Omit<AgentJob, 'answered'>> {
    const { key, role, turn, task, phase } = request;
    const { text } = written;
    const prompt = blueprint.prompt === '' ? text : `${text.trimEnd()}\n\n${blueprint.prompt.trimEnd()}\n`;
    const exchange = await openExchange(dataDir, request);
    const timeoutMs = Math.min(request.timeoutMs, blueprint.limits.timeoutMs ?? request.timeoutMs);
    const logFile = await artifacts.path(agentArtifact(key, role, 'log'));
    const log = openLog(logFile, 64 * 1024);
    log.write(`── ${role}, turn ${turn}, ${blueprint.engine}, prompt ${written.digest}\n`);
    if (blueprint.prompt !== '')
      log.write(`── added to the prompt by agents.yaml:\n${blueprint.prompt.trimEnd()}\n──\n`);
    log.close();
    return { key, role, turn, task, phase, blueprint, worktree, prompt, timeoutMs, logFile, ...exchange };
  }

  /** Safe to repeat: a message that was delivered is not delivered again. */
  async function deliverMessages(request: DeliverMessagesRequest): Promise<void> {
    await deliver(dataDir, request, request.messages);
    await faultPoint('deliverMessages', 'effect');
  }

  return {
    runAgent: defineActivity('runAgent', runAgent),
    deliverMessages: defineActivity('deliverMessages', deliverMessages),
  };
}

function blueprintFor(agents: AgentsConfig, role: Role): Blueprint {
  const blueprint = agents.blueprints[role];
  if (blueprint !== undefined) return blueprint;
  const known = Object.keys(agents.blueprints).join(', ');
  throw new PortError(
    'NoAgent',
    `No agent is configured for the role '${role}' (${agents.source}; ${known === '' ? 'none is configured at all' : `configured: ${known}`}). Add it to agents.yaml and restart the worker, for example:\n\n${agentsSnippet()}`,
  );
}
