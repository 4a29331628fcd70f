/** Git over HTTP: `git http-backend` does the work, this says who may and what the rules of a branch forbid. */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join, relative } from 'node:path';
import { basicPassword, credentialOf, granted, sees } from './access.ts';
import { unmetChecks } from './actions/mergeability.ts';
import { observe } from './actions/observe.ts';
import { Refusal } from './refusal.ts';
import type { Credential, Repository } from './state.ts';
import { permissionOf, reaches, repositoryOf, type World } from './world.ts';

export interface GitRequest {
  readonly repository: Repository;
  readonly credential: Credential;
  /** Below the repository: `/git-receive-pack`. */
  readonly service: string;
  readonly writes: boolean;
}

interface RefCommand {
  readonly ref: string;
  /** Null: deleted. */
  readonly sha: string | null;
}

const pattern = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/;

export const isGitPath = (path: string): boolean => pattern.test(path);

/** Whose request it is; throws what GitHub answers to those it does not let in. */
export function gitRequest(world: World, request: IncomingMessage, url: URL): GitRequest {
  const [, owner = '', name = '', service = ''] = pattern.exec(url.pathname) ?? [];
  const header = request.headers.authorization ?? '';
  const challenge = { 'www-authenticate': 'Basic realm="GitHub"' };
  const credential = signedIn(world, basicPassword(header) ?? '');
  if (credential === null)
    throw new Refusal(
      401,
      'Invalid username or token. Password authentication is not supported for Git operations.',
      {},
      challenge,
    );
  const former = world.renamed.get(`${owner}/${name}`.toLowerCase());
  if (former !== undefined)
    throw new Refusal(
      301,
      'Moved Permanently',
      {},
      { location: `${world.url}/${former.fullName}.git${service}${url.search}` },
    );
  const repository = repositoryOf(world, `${owner}/${name}`);
  if (!sees(world, repository, credential)) throw new Refusal(404, 'Repository not found.');
  const writes = service.endsWith('receive-pack') || url.searchParams.get('service') === 'git-receive-pack';
  if (!mayUse(world, repository, credential, writes ? 'write' : 'read'))
    throw new Refusal(403, `Permission to ${repository.fullName}.git denied to ${credential.login}.`);
  return { repository, credential, service, writes };
}

function signedIn(world: World, token: string): Credential | null {
  try {
    return credentialOf(world, token);
  } catch {
    return null;
  }
}

function mayUse(
  world: World,
  repository: Repository,
  credential: Credential,
  level: 'read' | 'write',
): boolean {
  const { login, grants, kind, scopes } = credential;
  if (level === 'write' && repository.options.archived) return false;
  if (grants !== null && !granted(grants, ['contents', level])) return false;
  if (kind === 'classic' && level === 'write' && !scopes.some((scope) => /^(public_)?repo$/.test(scope)))
    return false;
  return kind === 'installation' || reaches(permissionOf(world, repository, login), level);
}

/** The ref updates at the front of a push; empty: git only tries whether it may. */
export function refCommands(body: Buffer): readonly RefCommand[] {
  const commands: RefCommand[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (!(length > 4)) break;
    const [, sha = '', ref = ''] =
      /^\S+ (\S+) ([^\0\n]+)/.exec(body.toString('utf8', at + 4, at + length)) ?? [];
    commands.push({ ref, sha: /^0+$/.test(sha) ? null : sha });
    at += length;
  }
  return commands;
}

/** Runs the request; everything that it did is seen before this answers. */
export async function runGit(
  world: World,
  { repository, credential, service, writes }: GitRequest,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
): Promise<{ readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer }> {
  observe(world, repository);
  const pushes = writes && service === '/git-receive-pack';
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PROJECT_ROOT: world.folder,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${relative(world.folder, repository.path)}${service}`,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    CONTENT_LENGTH: String(body.length),
    REMOTE_USER: credential.login,
    REMOTE_ADDR: '127.0.0.1',
    ...optional('GIT_PROTOCOL', request.headers['git-protocol']),
    ...optional('HTTP_CONTENT_ENCODING', request.headers['content-encoding']),
    ...(pushes ? { DOUBLE_REFUSALS: refusals(world, repository, credential.login, refCommands(body)) } : {}),
  };
  if (!pushes) return parseCgi(await run(env, body));
  return takeTurns(world, repository, async () => {
    world.pushing.set(repository.id, credential.login);
    try {
      const output = await run(env, body);
      observe(world, repository);
      return parseCgi(output);
    } finally {
      world.pushing.delete(repository.id);
    }
  });
}

/** One push at a time, so that each is known by who made it. */
async function takeTurns<T>(world: World, { id }: Repository, push: () => Promise<T>): Promise<T> {
  const turn = (world.turns.get(id) ?? Promise.resolve()).then(push);
  world.turns.set(
    id,
    turn.catch(() => undefined),
  );
  return turn;
}

const optional = (name: string, value: string | string[] | undefined): Record<string, string> =>
  typeof value === 'string' ? { [name]: value } : {};

function run(env: NodeJS.ProcessEnv, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { env });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => void parts.push(part));
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', () => resolve(Buffer.concat(parts)));
    child.stdin.end(body);
  });
}

function parseCgi(output: Buffer): {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
} {
  const end = output.indexOf('\r\n\r\n');
  const lines = output.toString('latin1', 0, Math.max(end, 0)).split('\r\n').filter(Boolean);
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const { status, ...rest } = headers;
  return {
    status: end < 0 ? 500 : Number.parseInt(status ?? '200', 10),
    headers: rest,
    body: output.subarray(end + 4),
  };
}

/** A line for each ref under rules: ref, GitHub's code, reason, with tabs. An empty reason: only fast-forward. */
function refusals(
  world: World,
  repository: Repository,
  login: string,
  commands: readonly RefCommand[],
): string {
  const lines = commands.flatMap(({ ref, sha }) => {
    const rules = repository.protections.get(ref.replace('refs/heads/', ''));
    if (rules === undefined || !ref.startsWith('refs/heads/')) return [];
    if (!rules.enforceAdmins && permissionOf(world, repository, login) === 'admin') return [];
    const code =
      rules.kind === 'ruleset'
        ? 'GH013: Repository rule violations found for'
        : 'GH006: Protected branch update failed for';
    const line = (reason: string): readonly string[] => [`${ref}\t${code}\t${reason}`];
    if (sha === null) return line('Cannot delete this branch');
    if (rules.requirePullRequest) return line('Changes must be made through a pull request.');
    const [missing = ''] = unmetChecks(repository, rules.requiredChecks, sha);
    return line(missing);
  });
  return lines.join('\n');
}

/** Git asks this of every ref of a push; pushes on disk carry no refusals. */
const updateHook = `#!/bin/sh
ref=$1 old=$2 new=$3
printf '%s\\n' "$DOUBLE_REFUSALS" | while IFS="$(printf '\\t')" read -r closed code reason; do
  [ "$closed" = "$ref" ] || continue
  case $old$new in *0000000000000000000000000000000000000000*) ;; *)
    [ -n "$reason" ] || git merge-base --is-ancestor "$old" "$new" || reason='Cannot force-push to this branch' ;;
  esac
  [ -z "$reason" ] && continue
  echo "error: $code $ref." >&2
  echo "error: $reason" >&2
  exit 1
done
`;

export function installUpdateHook(path: string): void {
  const file = join(path, 'hooks', 'update');
  writeFileSync(file, updateHook);
  chmodSync(file, 0o755);
}
