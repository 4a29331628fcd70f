/** What can be checked about this machine, its server and services, one diagnostic each. Nothing is changed. */
import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Config } from '../../config/load.ts';
import { describeContainment, findContainment } from '../../activities/support/containment/containment.ts';
import { checkVariables, missingText } from '../../config/check-variables.ts';
import { hostId } from '../../config/host-id.ts';
import { parseAgents } from '../../domain/agents/blueprints.schema.ts';
import { type Diagnostic, ok, problem, warning } from '../../domain/model/diagnostic.ts';
import { problemLine } from '../../domain/yaml/problem.ts';
import { diagnoseServer } from './doctor-server.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { channels, diagnoseCodeHosts, type CodeHostQuestion } from './doctor-services.ts';

const run = promisify(execFile);

export async function diagnose(config: Config, asked: CodeHostQuestion = {}): Promise<readonly Diagnostic[]> {
  return [
    node(),
    await git(),
    await folder(config),
    await processes(config),
    ...(await agents(config)),
    variables(config),
    channels(config),
    ...(await diagnoseCodeHosts(config, asked)),
    ...(await diagnoseServer(config)),
  ];
}

function node(): Diagnostic {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fine = major > 20 || (major === 20 && minor >= 11);
  return fine
    ? ok('Node', process.version)
    : problem('Node', `${process.version} is too old; at least 20.11 is needed.`);
}

async function git(): Promise<Diagnostic> {
  try {
    const { stdout } = await run('git', ['--version']);
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
    const fine = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38);
    return fine
      ? ok('git', stdout.trim())
      : problem('git', `${stdout.trim()} is too old: merges without a checkout need at least 2.38.`);
  } catch (error) {
    return problem('git', `git can't be run: ${endSentence((error as Error).message)}`);
  }
}

async function folder({ dataDir }: Config): Promise<Diagnostic> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = (bavail * bsize) / 2 ** 30;
  const detail = `${dataDir} (host ${hostId(dataDir)}), ${free.toFixed(1)} GiB free`;
  return free < 1
    ? warning('Data folder', `${detail}: that is little for worktrees.`)
    : ok('Data folder', detail);
}

/** Of this shell: a worker that is started elsewhere may have others. */
function variables(config: Config): Diagnostic {
  const { given, missing } = checkVariables(config);
  if (missing.length > 0) return warning('Variables', missingText(missing));
  return ok(
    'Variables',
    given.length === 0
      ? 'setup and checks get none but the usual ones'
      : `setup and checks get ${given.join(', ')}`,
  );
}

/** As a worker with these settings would have it. */
async function processes({ containment }: Config): Promise<Diagnostic> {
  try {
    const { kind } = await findContainment(containment);
    return (kind === 'none' ? warning : ok)('Processes', describeContainment(kind));
  } catch (error) {
    return problem('Processes', (error as Error).message);
  }
}

async function agents({ agentsFile, environment }: Config): Promise<readonly Diagnostic[]> {
  if (agentsFile === undefined) {
    const claude = await run('sh', ['-c', 'command -v claude']).then(
      ({ stdout }) => stdout.trim(),
      () => null,
    );
    return [
      claude === null
        ? warning(
            'Agents',
            "No agents.yaml, and no 'claude' on the PATH: projects can't start. 'phasewright init' writes the file.",
          )
        : ok('Agents', `no agents.yaml: ${claude} is used`),
    ];
  }
  const parsed = parseAgents(await readFile(agentsFile, 'utf8'), agentsFile, { env: environment });
  if ('problems' in parsed) return parsed.problems.map((each) => problem('Agents', problemLine(each)));
  const roles = Object.entries(parsed.agents.blueprints).map(
    ([role, blueprint]) => `${role}: ${blueprint.engine}`,
  );
  return [
    ok('Agents', `${agentsFile} (${roles.join(', ')})`),
    warning('Sandbox', "Agents run without one, with all rights of the worker's user."),
  ];
}
