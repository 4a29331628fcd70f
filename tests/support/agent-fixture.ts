/** A worktree, a data folder and the agent activities on them, in a temporary folder; no git, no server. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAgentActivities } from '../../activities/agent/activities.ts';
import { createEngines } from '../../workers/engines.ts';
import { createFileArtifacts } from '../../activities/artifacts/file/index.ts';
import type { Artifacts } from '../../activities/artifacts/port.ts';
import { parseAgents } from '../../domain/agents/blueprints.schema.ts';
import type { AgentsConfig } from '../../domain/agents/blueprints.ts';
import type { AgentActivities, AgentRun, RunAgentRequest } from '../../activities/agent/contract.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import { problemLine } from '../../domain/yaml/problem.ts';
import type { Role } from '../../domain/model/project.ts';

export const key: AttemptKey = { owner: 'shop', phase: 1, task: 2, attempt: 3 };

export interface AgentFixture {
  readonly folder: string;
  readonly worktree: string;
  readonly dataDir: string;
  readonly artifacts: Artifacts;
  activities(agents: AgentsConfig): AgentActivities;
  request(prompt: string, more?: Partial<RunAgentRequest>): Promise<RunAgentRequest>;
  /** Runs the implementer (or another role) of an agents.yaml on a prompt. */
  run(agentsYaml: string, prompt?: string, more?: Partial<RunAgentRequest>): Promise<AgentRun>;
  artifact(name: string): Promise<string>;
  remove(): Promise<void>;
}

export function agentsOf(yaml: string): AgentsConfig {
  const parsed = parseAgents(yaml, 'agents.yaml');
  if ('problems' in parsed) throw new Error(parsed.problems.map(problemLine).join('\n'));
  return parsed.agents;
}

export async function createAgentFixture(
  environment: Readonly<Record<string, string>> = {},
): Promise<AgentFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  const worktree = join(folder, 'worktree');
  const dataDir = join(folder, 'data');
  const bin = join(folder, 'bin');
  for (const made of [worktree, dataDir, bin]) await mkdir(made);
  await symlink(new URL('claude-stand-in.js', import.meta.url).pathname, join(bin, 'claude'));
  const artifacts = createFileArtifacts({ root: join(dataDir, 'artifacts') });
  const all = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, ...environment };

  const activities: AgentFixture['activities'] = (agents) =>
    createAgentActivities({
      agents,
      engines: createEngines({ dataDir, environment: all }),
      git: { worktreePath: () => worktree },
      artifacts,
      dataDir,
      hostId: 'host-1',
    });
  const request: AgentFixture['request'] = async (prompt, more = {}) => {
    const artifact = await artifacts.write('shop/1/2/3/given-prompt.md', prompt);
    return {
      key,
      workspace: { owner: 'shop', repository: { kind: 'path', path: folder }, host: 'host-1' },
      role: 'implementer',
      prompt: { artifact, digest: createHash('sha256').update(prompt).digest('hex') },
      timeoutMs: 30_000,
      turn: 1,
      task: { number: 2, title: 'Add the table' },
      phase: { number: 1, name: 'Data model' },
      ...more,
    };
  };
  return {
    folder,
    worktree,
    dataDir,
    artifacts,
    activities,
    request,
    run: async (yaml, prompt = 'Do it.', more = {}) =>
      perform(activities(agentsOf(yaml)).runAgent, await request(prompt, more)),
    artifact: async (name) => readFile(await artifacts.path(`shop/1/2/3/${name}`), 'utf8'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** An activity's context without a worker; only errors are logged. */
export const activityContext = (): MockActivityEnvironment =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

export const perform = <Request, Result>(
  activity: (request: Request) => Promise<Result>,
  request: Request,
  context = activityContext(),
): Promise<Result> =>
  context.run<[Request], Result, (request: Request) => Promise<Result>>(activity, request);

/** agents.yaml of one role that runs this shell script. */
export async function shellAgent(
  agent: AgentFixture,
  script: string,
  role: Role = 'implementer',
  more = '',
): Promise<string> {
  const file = join(agent.folder, 'agent.sh');
  await writeFile(file, script);
  return `${role}: { engine: command, argv: [sh, '${file}']${more} }`;
}
