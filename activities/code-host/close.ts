/** Closing a pull request with a word on why, and knowing later that it was us. */
import { sameLogin } from '../../domain/names/logins.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { hiddenMarker } from '../../domain/names/markers.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { ClosePullRequestRequest } from './contract.ts';
import type { CodeHost } from './port.ts';

/** Says on a pull request that we closed it ourselves: then opening another one is not against anybody's word. */
const closedByUs = hiddenMarker('closed');

/** Safe to repeat: one comment per marker, and what is closed stays closed. */
export async function closePullRequest(
  host: CodeHost,
  { workspace: { repository }, number, comment, close }: ClosePullRequestRequest,
): Promise<void> {
  const { state } = await host.getPullRequest({ repository, number });
  if (state === 'closed' && (await wasClosedByUs(host, repository, number))) return;
  // Somebody else's close or merge is left as it is, without the sign that it was ours.
  const ours = close && state === 'open';
  const marker = ours ? closedByUs : hiddenMarker('comment');
  await host.comment({ repository, number, marker, body: comment });
  await faultPoint('closePullRequest', 'effect');
  if (ours) await host.closePullRequest({ repository, number });
}

/** In our own words: a marker can be copied. */
export async function wasClosedByUs(
  host: CodeHost,
  repository: RepositoryRef,
  number: number,
): Promise<boolean> {
  const last = (await host.listComments({ repository, number })).at(-1);
  if (last?.body.includes(closedByUs) !== true) return false;
  return sameLogin(last.author, (await host.identity()).login);
}
