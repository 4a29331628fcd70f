/** The rows of DESIGN section 10 that need git to show: agents that do something else than asked in their worktree. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentActivities } from '../../../activities/agent/activities.ts';
import { createEngines } from '../../../workers/engines.ts';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createChecksActivities } from '../../../activities/checks/activities.ts';
import { createCommandRunner } from '../../../activities/checks/command/index.ts';
import { createGitActivities } from '../../../activities/git/activities.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Git } from '../../../activities/git/port.ts';
import type { ChecksResult } from '../../../activities/checks/contract.ts';
import type { CommitCandidateResult } from '../../../activities/git/contract.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { agentsOf, perform } from '../../support/agent-fixture.ts';
import { type TestRepository, createTestRepository } from '../../support/repository.ts';
import { patienceMs } from '../../support/eventually.ts';

const branch = 'project/shop/phase/1/model';
const key = { owner: 'shop', phase: 1, task: 1, attempt: 1 };

let repository: TestRepository;
let git: Git;
let workspace: WorkspaceRef;
let dataDir = '';
let start = '';
beforeEach(async () => {
  repository = createTestRepository();
  start = repository.commit('work', { '.gitignore': 'ignored\n', 'a.txt': 'a\n' });
  dataDir = join(repository.folder, 'data');
  git = createSimpleGit({ dataDir, hostId: 'host-1', env: environment() });
  workspace = { owner: 'shop', repository: { kind: 'path', path: repository.bare }, host: 'host-1' };
  await git.fetch(workspace.repository);
});
afterEach(() => repository.remove());
const environment = () => ({ PATH: process.env['PATH'], HOME: repository.folder });

/** Runs the agent in a prepared worktree; it says done. Then its work is looked at as the orchestrator does. */
async function attempt(script: string): Promise<CommitCandidateResult> {
  const file = join(repository.folder, 'agent.sh');
  writeFileSync(
    file,
    `set -e\nexport GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@a\n${script}\necho done\n`,
  );
  const artifacts = createFileArtifacts({ root: join(dataDir, 'artifacts') });
  const { runAgent } = createAgentActivities({
    agents: agentsOf(`implementer: { engine: command, argv: [sh, '${file}'] }`),
    engines: createEngines({ dataDir, environment: environment() }),
    git,
    artifacts,
    dataDir,
    hostId: 'host-1',
    environment: environment(),
  });
  const { prepareWorktree, commitCandidate } = createGitActivities({
    git,
    runChecks: () => Promise.reject(new Error('No checks are asked for.')),
  });
  await prepareWorktree({ key, workspace, branch, startSha: start, keepChanges: false });
  const run = await perform(runAgent, {
    key,
    workspace,
    role: 'implementer',
    project: { name: 'Demo', design: null },
    completed: [],
    feedback: [],
    messages: [],
    git: { branch, basedOn: 'main', target: 'main' },
    candidate: null,
    timeoutMs: patienceMs,
    turn: 1,
    task: {
      number: 1,
      title: 'Task',
      description: '',
      acceptance: [],
      role: 'implementer',
      dependsOn: [],
      priority: 0,
    },
    phase: null,
  });
  expect(run.result).toMatchObject({ kind: 'maker', outcome: 'done' });
  const stamp = { date: '2026-11-21T08:00:00Z', subject: 'Task', body: '', trailers: [] };
  return commitCandidate({
    key,
    workspace,
    branch,
    headSha: start,
    startSha: start,
    baseSha: start,
    merge: null,
    metadata: stamp,
    checks: null,
  });
}

async function check(sha: string, command: string): Promise<ChecksResult> {
  const artifacts = createFileArtifacts({ root: join(dataDir, 'artifacts') });
  const { runChecks } = createChecksActivities({
    git,
    artifacts,
    dataDir,
    runner: createCommandRunner({ dataDir, environment: environment() }),
    setUps: new Map(),
  });
  return perform(runChecks, {
    key,
    workspace,
    branch,
    sha,
    setup: [],
    commands: [command],
    timeoutMs: patienceMs,
  });
}

describe('an agent that', () => {
  it('changes nothing and says done leaves nothing to judge', async () => {
    expect(await attempt('cat a.txt')).toEqual({ kind: 'empty' });
    expect(await attempt('echo x > ignored')).toEqual({ kind: 'empty' });
  });

  it('leaves files uncommitted has them in its commit, unless they are ignored', async () => {
    const result = await attempt(
      'echo b > b.txt; git add b.txt; git commit -q -m one; echo c > c.txt; echo changed > a.txt; echo x > ignored',
    );
    expect(result).toMatchObject({ kind: 'candidate', files: ['a.txt', 'b.txt', 'c.txt'] });
  });

  it('says done although the checks fail is told their output', async () => {
    const result = await attempt('echo broken > a.txt');
    if (result.kind !== 'candidate') throw new Error(`Not a candidate: ${result.kind}`);
    expect(await check(result.sha, 'cat a.txt; grep -q fixed a.txt')).toMatchObject({
      passed: false,
      report: expect.stringMatching(/ended with exit code 1\. The end of its output:\nbroken$/),
    });
  });

  it.each([
    ['switches branch', 'git switch -q -c elsewhere; echo b > b.txt'],
    ['deletes .git', 'rm -rf .git; echo b > b.txt'],
    ['makes a repository of its own', 'rm -rf .git; git init -q .; git add -A; git commit -q -m mine'],
  ])(
    '%s has tampered with its clone, and the next attempt finds it as it should be',
    async (_what, script) => {
      expect(await attempt(script)).toMatchObject({ kind: 'tampered', what: expect.any(String) });
      expect(await attempt('echo b > b.txt')).toMatchObject({ kind: 'candidate', files: ['b.txt'] });
    },
  );
});
