/** Repositories that a code host knows by `owner/name`. */
import type { RepositoryRef } from '../../domain/model/project.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import { PortError } from '../support/errors.ts';

export interface Hosted {
  readonly owner: string;
  readonly name: string;
  /** `owner/name`, for people. */
  readonly label: string;
}

/** A name becomes part of an address: nothing in it may lead elsewhere. `on`: the host, for people. */
export function hostedOn(on: string, repository: RepositoryRef): Hosted {
  if (repository.kind !== 'hosted') throw notHosted(on, repository);
  const { owner, name } = repository;
  const label = `${owner}/${name}`;
  if (!/^[A-Za-z0-9][\w.-]*$/.test(owner) || !/^[\w.-]+$/.test(name) || /^\.\.?$/.test(name))
    throw badName(on, label);
  return { owner, name, label };
}

const notHosted = (on: string, repository: Exclude<RepositoryRef, { kind: 'hosted' }>): PortError =>
  new PortError(
    'NoCodeHost',
    `${repository.kind === 'path' ? repository.path : repository.url.replace(/\/\/[^/@]*@/, '//')} is not named as a repository on ${on}. Name it owner/name.`,
  );

const badName = (on: string, name: string): PortError =>
  new PortError(
    'RepositoryNotFound',
    `'${escapeControls(name)}' cannot be the name of a repository on ${on}. Name it owner/name.`,
  );

/** For texts about it that need no more than its name. */
export const nameOf = (repository: RepositoryRef): string =>
  repository.kind === 'hosted' ? `${repository.owner}/${repository.name}` : 'this repository';
