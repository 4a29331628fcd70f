/** A worktree, a data folder and the agent activities on them, in a temporary folder; no git, no server. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
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
import { patienceMs } from './eventually.ts';
import { problemLine } from '../../domain/yaml/problem.ts';
import type { Role } from '../../domain/model/project.ts';

export const key: AttemptKey = { owner: 'shop', phase: 1, task: 2, attempt: 3 };

export interface AgentFixture {
  readonly folder: string;
  readonly worktree: string;
  readonly dataDir: string;
  readonly artifacts: Artifacts;
  activities(agents: AgentsConfig): AgentActivities;
  /** To do what these words say. */
  request(words: string, more?: Partial<RunAgentRequest>): RunAgentRequest;
  /** Runs the implementer (or another role) of an agents.yaml on such a request. */
  run(agentsYaml: string, words?: string, more?: Partial<RunAgentRequest>): Promise<AgentRun>;
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
      environment: all,
    });
  const request: AgentFixture['request'] = (words, more = {}) => ({
    key,
    workspace: { owner: 'shop', repository: { kind: 'path', path: folder }, host: 'host-1' },
    role: 'implementer',
    project: { name: 'Shop', design: null },
    phase: { number: 1, name: 'Data model' },
    completed: [],
    task: {
      number: 2,
      title: 'Add the table',
      description: words,
      acceptance: [],
      role: 'implementer',
      dependsOn: [],
      priority: 0,
    },
    feedback: [],
    messages: [],
    git: { branch: 'work', basedOn: 'main', target: 'main' },
    candidate: null,
    timeoutMs: patienceMs,
    turn: 1,
    ...more,
  });
  return {
    folder,
    worktree,
    dataDir,
    artifacts,
    activities,
    request,
    run: async (yaml, words = 'Do it.', more = {}) =>
      perform(activities(agentsOf(yaml)).runAgent, request(words, more)),
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
