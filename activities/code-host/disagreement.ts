/** A code host that says something else than git: it is behind, or something between it and us is. The server asks it again later. */
import type { RepositoryRef } from '../../domain/model/project.ts';
import { repositoryLabel } from '../../domain/views/status.ts';
import { PortError } from '../support/errors.ts';

/** Retried with growing pauses, like a host that can't be reached. `what`: what it says, and what git says. */
export const disagrees = (repository: RepositoryRef, what: string): PortError =>
  new PortError(
    'CodeHostUnavailable',
    `The code host of ${repositoryLabel(repository)} does not show yet what git shows: ${what.replace(/\.$/, '')}. It is asked again.`,
  );
