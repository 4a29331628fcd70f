/** What the grounds of a workspace are made with, and git on one of them. */
import type { NamespaceIdentity } from '../../../../domain/model/namespace.ts';
import type { ChangeLimits } from '../../../../domain/model/quota.ts';
import type { Setting } from '../filters.ts';
import type { Mirror, Mirrors } from '../mirror.ts';
import type { Trash } from '../trash.ts';
import type { Extras } from './git-extras.ts';
import type { OpenGround, Place } from './ground.ts';
import type { Indexes } from './indexes.ts';
import type { Pool } from './pool.ts';
import type { Records } from './records.ts';

export interface GroundParts {
  readonly mirrors: Mirrors;
  readonly records: Records;
  readonly indexes: Indexes;
  readonly pool: Pool;
  readonly trash: Trash;
  readonly namespace: NamespaceIdentity | undefined;
  /** What the worker's user ignores in every repository. */
  readonly excludes: () => Promise<string | undefined>;
  /** The worker's PATH. */
  readonly path: string;
  /** Configuration of the filters that the operator allows. */
  readonly filters: (mirror: Mirror) => Promise<readonly Setting[]>;
  /** By a clone's path: what setup left in its `.git`. */
  readonly extras: Map<string, Extras>;
  /** The tree of a commit, as far as it was learnt here. */
  readonly knownTree: (mirror: Mirror, sha: string) => string | undefined;
  /** How much of a change may be taken up. */
  readonly limits: ChangeLimits;
}

export const openGround = <T>(
  parts: Pick<GroundParts, 'excludes' | 'filters' | 'mirrors' | 'limits'>,
  mirror: Mirror,
  { path, cone }: Place,
  body: (ground: OpenGround) => Promise<T>,
): Promise<T> =>
  Promise.all([parts.excludes(), parts.filters(mirror)]).then(([excludes, config]) =>
    parts.mirrors.withScratch(
      mirror,
      { ...(excludes === undefined ? {} : { excludes }), config, cone },
      (scratch) =>
        body({
          path,
          cone,
          mirror,
          scratch,
          limits: parts.limits,
          config: JSON.stringify(config),
          git: (verb, args, options = {}) =>
            parts.mirrors.git(mirror, verb, args, { ...options, scratch, workTree: path }),
        }),
    ),
  );
