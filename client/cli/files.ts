/** Project files: read, judged, and their repository made absolute. */
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import {
  type AskGit,
  missingFolders,
  readCommit,
  readShape,
} from '../../activities/support/repository-facts.ts';
import { branchConflictMessage } from '../../domain/names/branches.ts';
import type { Finding, Problem } from '../../domain/yaml/problem.ts';
import { parseProjectFile } from '../../domain/project-file/parse.schema.ts';
import type { ProjectDraft } from '../../domain/project-file/draft.ts';
import {
  filterWarning,
  noFolder,
  shapeProblem,
  submoduleWarning,
  notTrusted,
} from '../../domain/project-file/preflight.ts';
import { parseRepository } from '../../domain/project-file/repository.ts';
import { readYaml } from '../../domain/yaml/source.schema.ts';
import { PhasewrightError } from '../errors.ts';
import { invalidProject } from '../invalid-project.ts';
import type { StartInput } from '../start-input.ts';
import type { Io } from './cli.ts';
import { askIn, gitIn, topOf, isDistrusted } from './repository.ts';

/** Where a command runs. */
type Place = Pick<Io, 'cwd' | 'env'>;

export interface ProjectFile {
  /** With an absolute repository. */
  readonly input: StartInput;
  readonly draft: ProjectDraft;
  /** A repository on this machine; null: a URL or a code host's. */
  readonly folder: string | null;
}

export type ReadFile =
  | { readonly kind: 'read'; readonly file: ProjectFile }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

export async function readProjectFile(path: string, { cwd, env }: Place): Promise<ReadFile> {
  const absolute = resolve(cwd, path);
  const beside: Place = { cwd: dirname(absolute), env };
  const text = await readFile(absolute, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'ENOENT'
        ? "does not exist; 'phasewright init' writes one"
        : `cannot be read: ${error.message}`;
    throw new PhasewrightError('InvalidProject', `The project file ${path} ${why}.`, { cause: error });
  });
  const parsed = parseProjectFile(text, path);
  const source = readYaml(text, path);
  const value = 'source' in source ? (source.source.value as Readonly<Record<string, unknown>> | null) : null;
  const finding = await repositoryFinding(value?.['repository'], value?.['base'], beside);
  const place = finding !== undefined && 'source' in source ? [source.source.locate(finding)] : [];
  if ('problems' in parsed) {
    // A repository that the rules refuse has its problem already.
    const known = parsed.problems.some((each) => place.some((other) => other.path === each.path));
    return { kind: 'problems', problems: known ? parsed.problems : inOrder([...parsed.problems, ...place]) };
  }
  if (place.length > 0) return { kind: 'problems', problems: place };
  const { repository, folder } = await absoluteRepository(parsed.input.repository, beside);
  const found = folder === null ? [] : await findingsThere(parsed, askIn(folder, env));
  if (found.length > 0 && 'source' in source)
    return { kind: 'problems', problems: found.map(source.source.locate) };
  return { kind: 'read', file: { input: { ...parsed.input, repository }, draft: parsed.draft, folder } };
}

const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

/** Of a repository on this machine, that it is one to work with and has the base; of others only a worker can tell. */
async function repositoryFinding(
  written: unknown,
  base: unknown,
  { cwd, env }: Place,
): Promise<Finding | undefined> {
  const parsed = typeof written === 'string' ? parseRepository(written) : undefined;
  if (parsed === undefined || !('repository' in parsed) || parsed.repository.kind !== 'path')
    return undefined;
  const folder = resolve(cwd, parsed.repository.path);
  const about = (message: string): Finding => ({ path: ['repository'], message });
  if (!existsSync(folder)) return about(`The repository ${folder} does not exist.`);
  const ask = askIn(folder, env);
  const shape = await readShape(ask);
  if (shape === undefined)
    return about(
      (await isDistrusted(folder, env))
        ? notTrusted(folder, userInfo().username)
        : `${folder} is no git repository; 'git init' and a first commit make it one.`,
    );
  const problem = shapeProblem((await topOf(ask)) ?? folder, shape);
  if (problem !== undefined) return about(problem);
  if (
    typeof base === 'string' &&
    !base.startsWith('-') &&
    (await ask(['rev-parse', '--verify', '--quiet', `refs/heads/${base}`])) === undefined
  ) {
    return { path: ['base'], message: `${folder} has no branch '${base}'.` };
  }
  return undefined;
}

type Parsed = Pick<ProjectFile, 'input' | 'draft'>;

async function findingsThere(parsed: Parsed, ask: AskGit): Promise<readonly Finding[]> {
  const taken = await prefixFinding(parsed, ask);
  return [...(taken === undefined ? [] : [taken]), ...(await pathFindings(parsed.draft, ask))];
}

const baseOf = ({ base }: ProjectDraft): string => (base === null ? 'HEAD' : `refs/heads/${base}`);

async function pathFindings(draft: ProjectDraft, ask: AskGit): Promise<readonly Finding[]> {
  const { paths = [], base } = draft;
  return (await missingFolders(ask, baseOf(draft), paths)).map((path) => ({
    path: ['paths', paths.indexOf(path)],
    message: noFolder(path, base ?? 'HEAD'),
  }));
}

/** A branch where all of ours would begin: nothing could be made beside it. */
async function prefixFinding(
  { input, draft: { integrationBranch: wanted, slug } }: Parsed,
  ask: AskGit,
): Promise<Finding | undefined> {
  const parts = wanted.split('/').slice(0, -2);
  for (let length = 1; length <= parts.length; length += 1) {
    const other = parts.slice(0, length).join('/');
    if ((await ask(['rev-parse', '--verify', '--quiet', `refs/heads/${other}`])) === undefined) continue;
    const path = [input.branch_prefix === undefined ? 'repository' : 'branch_prefix'];
    return { path, message: branchConflictMessage(wanted, { kind: 'remote', other }, slug) };
  }
  return undefined;
}

/** Throws `InvalidProject` with every problem. */
export async function requireProjectFile(path: string, place: Place): Promise<ProjectFile> {
  const { cwd } = place;
  const read = await readProjectFile(path, place);
  if (read.kind === 'read') return read.file;
  throw invalidProject(read.problems, `${relative(cwd, resolve(cwd, path)) || path} has problems:`);
}

/** A path is relative to `cwd`, and means the repository around it as it does for git; anything else stays as written. */
export async function absoluteRepository(
  written: string,
  { cwd, env }: Place,
): Promise<{ readonly repository: string; readonly folder: string | null }> {
  const parsed = parseRepository(written);
  if (!('repository' in parsed)) throw new PhasewrightError('InvalidProject', parsed.problem);
  if (parsed.repository.kind !== 'path') return { repository: written, folder: null };
  const path = resolve(cwd, parsed.repository.path);
  const exact = await realpath(path).catch(() => {
    throw new PhasewrightError('RepositoryNotFound', `The repository ${path} does not exist.`);
  });
  // What is no repository at all is for whoever plans to say.
  const folder = (await topOf(askIn(exact, env))) ?? exact;
  return { repository: folder, folder };
}

/** Uncommitted files are not part of a project; a person who has some should hear that. Null: nothing to say. */
export async function uncommittedNote(
  folder: string | null,
  { env }: Pick<Place, 'env'>,
): Promise<string | null> {
  if (folder === null) return null;
  try {
    const files = (await gitIn(folder, ['status', '--porcelain'], env))
      .split('\n')
      .filter((line) => line !== '').length;
    return files === 0
      ? null
      : `${files} uncommitted ${files === 1 ? 'file' : 'files'} in ${folder} ${files === 1 ? 'is' : 'are'} not part of the project: it starts from the base branch's commit.`;
  } catch {
    // A bare repository, or none: whoever plans the project says what is wrong.
    return null;
  }
}

/** What a person should know of a project on this machine before they start it; a worker finds the same where it runs. */
export async function preflightWarnings(
  { folder, draft }: Pick<ProjectFile, 'folder' | 'draft'>,
  { env }: Pick<Place, 'env'>,
): Promise<readonly string[]> {
  if (folder === null) return [];
  const base = baseOf(draft);
  const { filters, submodules } = await readCommit(askIn(folder, env), base);
  const warning = submoduleWarning(submodules, draft.settings.setup);
  return [...filters.map(filterWarning), ...(warning === undefined ? [] : [warning])];
}
