/** A pull request's page on the web; null: there is none, or it is kept in files. */
export const pageOf = (pullRequest: { readonly url: string } | null): string | null =>
  pullRequest !== null && /^https?:/.test(pullRequest.url) ? pullRequest.url : null;

/** How a gate is answered on the web, and whether only there; null: it can't be. */
export function answerOnTheWeb(
  approvers: readonly string[],
  pullRequest: { readonly url: string } | null,
): string | null {
  const page = pageOf(pullRequest);
  if (approvers.length > 0)
    return `Only ${approvers.join(', ')} may answer, by a review ${page === null ? 'on the code host' : `of ${page}`}`;
  return page === null ? null : `Or review ${page}`;
}

/** The command that answers a gate; null: whoever types one proves nothing, and only these people may answer. */
export const typedAnswer = (approvers: readonly string[], command: string): string | null =>
  approvers.length > 0 ? null : command;

/** The commands that answer a project, as printed wherever something is awaited. */
export const commandFor = {
  approve: (slug: string, phase?: number): string =>
    `phasewright approve ${slug}${phase === undefined ? '' : ` --phase ${phase}`}`,
  reject: (slug: string, phase?: number): string =>
    `phasewright reject ${slug}${phase === undefined ? '' : ` --phase ${phase}`} --comment '…'`,
  status: (slug: string): string => `phasewright status ${slug}`,
  retry: (slug: string): string => `phasewright retry ${slug}`,
  resume: (slug: string): string => `phasewright resume ${slug}`,
  answer: (slug: string): string => `phasewright answer ${slug} '…'`,
  /** The same with the official command alone. */
  signal: (workflowId: string, name: string, input: string): string =>
    `temporal workflow signal --workflow-id ${workflowId} --name ${name} --input '${input}'`,
};
