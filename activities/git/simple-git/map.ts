/** Between our words and git's: remotes, names that are safe to pass, messages, and what commands print. */
import { createHash } from 'node:crypto';
import { isAbsolute, normalize } from 'node:path';
import type { CommitIdentities, CommitMetadata } from '../../../domain/model/git.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { pathFromBytes } from '../../../domain/text/byte-path.ts';
import { PortError } from '../../support/errors.ts';

const ourselves = { name: 'Phasewright', email: 'phasewright@phasewright.invalid' } as const;
/** Author and committer of everything the orchestrator commits, unless the operator names others. */
export const ourIdentities: CommitIdentities = { author: ourselves, committer: ourselves };
/** What an agent's own commits carry, unless it says otherwise. */
export const agentIdentity = { name: 'Phasewright agent', email: 'agent@phasewright.invalid' } as const;

export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export interface Remote {
  /** What git is told; never starts with '-'. */
  readonly url: string;
  /** On this machine: a path, whose hooks and checkout are a person's and must not be touched. */
  readonly local: boolean;
  /** For people. */
  readonly label: string;
  /** On a code host whose credential we have. */
  readonly hosted?: { readonly owner: string; readonly name: string };
}

/** `webUrl`: where `owner/name` repositories are, without a slash at the end. */
export function remoteOf(repository: RepositoryRef, webUrl: string): Remote {
  if (repository.kind === 'hosted') {
    const { owner, name } = repository;
    const label = `${owner}/${name}`;
    if (!/^[A-Za-z0-9][\w.-]*$/.test(owner) || !/^[\w.][\w.-]*$/.test(name)) throw unusable(label);
    return { url: `${webUrl}/${label}.git`, local: false, label, hosted: { owner, name } };
  }
  if (repository.kind === 'path') {
    if (!isAbsolute(repository.path) || /[\0\n]/.test(repository.path)) throw unusable(repository.path);
    const path = normalize(repository.path).replace(/(?<=.)[/\\]+$/, '');
    return { url: path, local: true, label: path };
  }
  const { url } = repository;
  if (url.startsWith('file:///')) return { url, local: true, label: url };
  const allowed =
    /^(https?|ssh|git):\/\/[A-Za-z0-9[][^\s\p{Cc}]*$/u.test(url) ||
    /^[\w.-]+@[A-Za-z0-9][\w.-]*:[^-:\s][^\s]*$/.test(url);
  if (!allowed) throw unusable(url);
  return { url, local: false, label: url.replace(/\/\/[^/@]*@/, '//') };
}

const unusable = (text: string) =>
  new PortError(
    'RepositoryNotFound',
    `'${text}' cannot be used as a git remote. Give an absolute path, an https, ssh or git URL, or owner/name.`,
  );

export const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** A commit or tree id in full; anything else would be a revision expression, or an option. */
export function objectId(sha: string): string {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha))
    throw new PortError('GitFailed', `'${sha}' is not the full id of a git object.`);
  return sha;
}

/** A full ref name that can stand in a refspec. */
export function refName(ref: string): string {
  const bad =
    !/^refs\/./.test(ref) || /[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.$|\/$|\.lock(\/|$)/u.test(ref);
  if (bad) throw new PortError('GitFailed', `'${ref}' is not a name that a git ref can have.`);
  return ref;
}
export const branchRef = (branch: string): string => refName(`refs/heads/${branch}`);

/** An owner becomes part of paths and refs, so it is checked here and not only where it was made. */
export function ownerName(owner: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{0,79}$/.test(owner) || owner.includes('..') || /\.$|\.lock$/.test(owner)) {
    throw new PortError(
      'InvalidProject',
      `'${owner}' cannot own a workspace: use a-z, 0-9, '-' and single dots.`,
    );
  }
  return owner;
}
export const hiddenRefs = (owner: string): string => `refs/phasewright/${ownerName(owner)}`;
export const epochRef = (owner: string): string => `${hiddenRefs(owner)}/epoch`;

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

/** Subject, body and trailers as one message; the same stamp gives the same bytes. */
export function commitMessage(stamp: CommitMetadata): string {
  const subject = oneLine(stamp.subject);
  const body = stamp.body
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
    .trim();
  const trailers = stamp.trailers.map(
    ([key, value]) => `${key.replaceAll(/[^A-Za-z0-9-]/g, '-')}: ${oneLine(value)}`,
  );
  return `${[subject === '' ? '(no subject)' : subject, body, trailers.join('\n')].filter((part) => part !== '').join('\n\n')}\n`;
}

/** `@seconds +0000`: what git takes without looking at the clock or the time zone. */
export function commitDate(date: string): string {
  const ms = Date.parse(date);
  if (Number.isNaN(ms)) throw new PortError('GitFailed', `'${date}' is not a date that a commit can carry.`);
  return `@${Math.floor(ms / 1000)} +0000`;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}
export function personEnv(author: Person, committer: Person): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  };
}

export interface RemoteRefs {
  /** Full name → object id, `HEAD` apart. */
  readonly refs: ReadonlyMap<string, string>;
  /** Where the remote's HEAD points; null: detached, or the remote is empty. */
  readonly head: string | null;
}

export function readRemoteRefs(text: string): RemoteRefs {
  const refs = new Map<string, string>();
  let head: string | null = null;
  for (const line of text.split('\n')) {
    const [value, name] = line.split('\t');
    if (value === undefined || name === undefined || name.endsWith('^{}')) continue;
    if (value.startsWith('ref: ')) {
      if (name === 'HEAD') head = value.slice('ref: '.length);
    } else if (name !== 'HEAD') refs.set(name, value);
  }
  return { refs, head };
}

/** Branch → tip. */
export const branchesOf = (refs: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    [...refs]
      .filter(([ref]) => ref.startsWith('refs/heads/'))
      .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha]),
  );

/** The path that a field of git's output holds, each byte as the character of its number. */
export const pathOf = (field: string): string => pathFromBytes(Buffer.from(field, 'latin1'));

export const nulSeparated = (text: string): string[] => text.split('\0').filter((part) => part !== '');

/** `diff --numstat -z`: with renames the path is empty and two more fields follow. */
export function readNumstat(bytes: Buffer): { files: string[]; insertions: number; deletions: number } {
  // One character per byte: names need not be text.
  const fields = bytes.toString('latin1').split('\0');
  const files: string[] = [];
  let insertions = 0;
  let deletions = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(fields[index] ?? '') ?? [];
    if (path === undefined) continue;
    insertions += Number(added) || 0;
    deletions += Number(removed) || 0;
    if (path !== '') files.push(pathOf(path));
    else {
      files.push(pathOf(fields[index + 2] ?? ''));
      index += 2;
    }
  }
  return { files, insertions, deletions };
}

/** Text out of bytes that may have been cut inside a character. */
export function decode(bytes: Buffer, maxBytes: number): { text: string; truncated: boolean } {
  const truncated = bytes.length > maxBytes;
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, maxBytes), { stream: truncated });
  return { text, truncated };
}
