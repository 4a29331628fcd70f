/** One ground, open for a few commands of git. */
import type { Cone } from '../../../../domain/model/cone.ts';
import type { ChangeLimits } from '../../../../domain/model/quota.ts';
import type { GitOptions, Mirror, Mirrors } from '../mirror.ts';
import type { Scratch } from '../scratch.ts';

export interface Place {
  readonly path: string;
  /** What of a commit lies there; its paths are raw. Undefined: everything. */
  readonly cone: Cone | undefined;
}

/** A folder of files with an index of ours, open for a few commands. Paths are raw: one character per byte. */
export interface OpenGround extends Place {
  readonly mirror: Mirror;
  readonly scratch: Scratch;
  readonly limits: ChangeLimits;
  /** How allowed filters are defined. */
  readonly config: string;
  git(
    verb: string,
    args: readonly string[],
    options?: Pick<GitOptions, 'stdin' | 'codes' | 'env'>,
  ): ReturnType<Mirrors['git']>;
}

export const rawList = (bytes: Buffer): readonly string[] =>
  bytes
    .toString('latin1')
    .split('\0')
    .filter((part) => part !== '');

/** For a command that reads paths from its standard input. */
export const asInput = (paths: Iterable<string>): Buffer =>
  Buffer.from([...paths].map((path) => `${path}\0`).join(''), 'latin1');
