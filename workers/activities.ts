/** The composition root: configuration → adapters → activities, one set per task queue. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentActivities } from '../activities/agent/activities.ts';
import { createEngines } from './engines.ts';
import { loadAgents, missingPrograms } from './load-agents.ts';
import { createFileArtifacts } from '../activities/artifacts/file/index.ts';
import { createInspectionActivities } from '../activities/artifacts/activities.ts';
import { createChecksActivities } from '../activities/checks/activities.ts';
import { runChecks } from '../activities/checks/checks.ts';
import { createCommandRunner } from '../activities/checks/command/index.ts';
import { createCodeHostActivities } from '../activities/code-host/activities.ts';
import { createLocalCodeHost } from '../activities/code-host/local/index.ts';
import { createGitActivities } from '../activities/git/activities.ts';
import type { Git } from '../activities/git/port.ts';
import { createSimpleGit } from '../activities/git/simple-git/index.ts';
import { createNotifyActivities } from '../activities/notify/activities.ts';
import { createFileLedger } from '../activities/notify/file-ledger/index.ts';
import { type CodeHostSettings, createHosted } from './code-hosts.ts';
import { createChannels, type ChannelSecrets } from './channels.ts';
import { createPlanningActivities } from '../activities/planning/activities.ts';
import { PortError } from '../activities/support/errors.ts';
import type { GitSettings } from '../config/git.ts';
import type { AgentsConfig } from '../domain/agents/blueprints.ts';
import type { KeptLimits } from '../domain/model/kept-limits.ts';
import type { ChangeLimits } from '../domain/model/quota.ts';
import type { NamespaceIdentity } from '../domain/model/namespace.ts';
import type { NotifyTarget, RepositoryRef, Role, WorkspaceRef } from '../domain/model/project.ts';
import { repositoryLabel } from '../domain/views/status.ts';
import { nameMerges } from './name-merges.ts';
import { leaveNothing } from './leave-nothing.ts';
import { packageRoot } from '../temporal/package-root.ts';
import type { AgentSlotActivities, HostActivities, SharedActivities } from '../workflows/activity-proxies.ts';

export interface ActivitySets {
  readonly shared: SharedActivities;
  readonly host: HostActivities;
  readonly agents: AgentSlotActivities;
  readonly git: Git;
  readonly agentsConfig: AgentsConfig;
  /** How many agents may run or wait for their role's slot at once on this host. */
  readonly agentSlots: number;
}

export interface CompositionOptions extends CodeHostSettings {
  readonly dataDir: string;
  readonly hostId: string;
  /** Whose workflows this worker does the work of. */
  readonly namespace: NamespaceIdentity;
  /** --agents; default: agents.yaml in the data folder. */
  readonly agentsFile?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How much of a change an agent may leave; default: `defaultChangeLimits`. */
  readonly changeLimits?: ChangeLimits | undefined;
  /** How many clones and checkouts are kept; default: `defaultKeptLimits`. */
  readonly keptLimits?: KeptLimits | undefined;
  /** Names of variables in it that setup and checks get. */
  readonly checkEnv?: readonly string[] | undefined;
  readonly channels?: ChannelSecrets | undefined;
  /** Git filters that the operator allows. */
  readonly filters?: readonly string[] | undefined;
  readonly gitSettings?: GitSettings | undefined;
  /** Default: files decide whether people are asked. */
  readonly requireApproval?: boolean | undefined;
  /** Temporal's Web UI as people reach it, for links. */
  readonly webUi?: string | undefined;
  readonly onGitCommand?: (verb: string, ms: number) => void;
}

export async function composeActivities(options: CompositionOptions): Promise<ActivitySets> {
  const { dataDir, hostId, namespace, environment, webUi } = options;
  const hosted = createHosted(options);
  const merges = nameMerges(options.gitSettings?.mergeSubject);
  const git = createSimpleGit({
    dataDir,
    hostId,
    namespace,
    env: environment,
    filters: options.filters,
    passes: options.gitSettings?.passes ?? [],
    identities: options.gitSettings?.identities ?? {},
    changeLimits: options.changeLimits,
    kept: options.keptLimits,
    hosted: hosted?.git,
    ...(options.onGitCommand === undefined ? {} : { onCommand: options.onGitCommand }),
  });
  const artifacts = createFileArtifacts({ root: join(dataDir, 'artifacts') });
  const agentsConfig = await loadAgents({ file: options.agentsFile, dataDir, environment });
  const local = merges.host(createLocalCodeHost({ git, dataDir }));
  const remoteHost = hosted === undefined ? undefined : merges.host(hosted.host);
  const hostFor = (repository: RepositoryRef) => {
    if (repository.kind !== 'hosted') return local;
    if (remoteHost !== undefined) return remoteHost;
    throw new PortError(
      'NoCodeHost',
      `'${repositoryLabel(repository)}' lives on a code host, and none is configured on this worker: set PHASEWRIGHT_GITHUB_TOKEN, or PHASEWRIGHT_GITEA_URL and PHASEWRIGHT_GITEA_TOKEN, or use a path or a git URL.`,
    );
  };
  const channels = createChannels(options.channels);

  const agents = createAgentActivities({
    agents: agentsConfig,
    engines: createEngines({ dataDir, environment }),
    git,
    artifacts,
    dataDir,
    hostId,
    environment,
  });
  const planning = createPlanningActivities({
    git,
    artifacts,
    hostId,
    roles: () => Object.keys(agentsConfig.blueprints) as Role[],
    missingPrograms: () => missingPrograms(agentsConfig, environment),
    shippedFlows: { default: shippedFlow('default'), project: shippedFlow('project') },
    notifyKinds: Object.keys(channels) as NotifyTarget['kind'][],
    codeHosts: hosted === undefined ? [] : [hosted.kind],
    hostFor,
    requireApproval: options.requireApproval ?? false,
    webUi: webUi ?? null,
  });
  const checks = {
    git,
    artifacts,
    dataDir,
    setUps: new Map<string, string>(),
    runner: createCommandRunner({ dataDir, environment, passes: options.checkEnv ?? [] }),
  };
  const clean = (workspace: WorkspaceRef, close: () => Promise<void>) =>
    leaveNothing({ dataDir, git }, workspace, close);
  const gitActivities = createGitActivities({
    git: merges.git(git),
    clean,
    runChecks: (request, run) => runChecks(checks, request, run),
  });
  const notify = createNotifyActivities({ channels, ledger: createFileLedger({ dataDir }) });
  const codeHost = createCodeHostActivities({
    hostFor,
    git,
    ...(hosted === undefined ? {} : { pollMs: hosted.pollMs }),
  });

  return {
    git,
    agentsConfig,
    agentSlots: Math.max(
      1,
      Object.values(agentsConfig.blueprints).reduce((sum, { maxInstances }) => sum + maxInstances, 0),
    ),
    shared: {
      planProject: planning.planProject,
      planTask: planning.planTask,
      planTasks: planning.planTasks,
      ...notify,
    },
    host: {
      ...gitActivities,
      ...createChecksActivities(checks),
      ...codeHost,
      ...createInspectionActivities({ artifacts, git }),
      deliverMessages: agents.deliverMessages,
    },
    agents: { runAgent: agents.runAgent },
  };
}

const shippedFlow = (name: string): string =>
  readFileSync(join(packageRoot(), 'flows', `${name}.yaml`), 'utf8');
