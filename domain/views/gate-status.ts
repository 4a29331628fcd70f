/** What a code host shows of a gate: a status's line, the comment that says who decided what, and what stands in the way. Pure. */
import type { PublishedGate, PullRequestSnapshot } from '../model/pull-request.ts';
import { carriedWords } from '../approval/decisions.ts';
import type { Decision, Gate, Source } from '../approval/gate.ts';
import { silentProse, quote } from '../text/markdown.ts';
import { escapeControls } from '../text/escape.ts';

/** The status that shows a gate on its commit; a branch rule can require it. */
export const gateContext = 'phasewright/gate';

const surfaces: Readonly<Record<Source, string>> = {
  cli: 'on the command line',
  'web-ui': 'in the Web UI',
  'pull-request': 'on this pull request',
  chat: 'in a chat',
  api: 'through the API',
  policy: 'by the rules of the project',
};

export function openGateText(gate: Pick<Gate, 'id'>): PublishedGate {
  return {
    state: 'pending',
    summary: escapeControls(`Waits for a decision (gate ${gate.id})`),
    comment: null,
  };
}

/** Also after the decision was carried over: said again, with that. */
export function decisionText(decision: Decision): PublishedGate {
  const { action, by, from, comment, headSha, at, gateId } = decision;
  const approved = action === 'approve';
  const head = headSha === null ? '' : ` for \`${headSha.slice(0, 10)}\``;
  const what = approved ? 'Approved' : 'Changes requested';
  const carried = carriedWords(decision);
  const when = new Date(at).toISOString();
  return {
    state: approved ? 'success' : 'failure',
    summary: escapeControls(
      `${what} by ${by} ${surfaces[from]}${carried === undefined ? '' : `, ${carried}`}`,
    ),
    comment: [
      `**${what}** by ${silentProse(by)} ${surfaces[from]}${head} (gate ${gateId}, ${when}).`,
      comment.trim() === '' ? '' : quote(comment),
      carried === undefined ? '' : `The approval was ${carried}.`,
      approved ? '' : 'The next task works on it, with this as its feedback.',
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}

/** What people did to the pull request that keeps the gate from leading anywhere; null: nothing. */
export function obstacle(
  look: Pick<PullRequestSnapshot, 'number' | 'state' | 'draft' | 'base' | 'head'>,
  wanted: { readonly base: string; readonly branchGone: boolean },
): string | null {
  const { number, state, draft, base, head } = look;
  if (state === 'closed') {
    return wanted.branchGone
      ? `Pull request #${number} was closed and its branch '${head.branch}' deleted. Restore the branch and reopen it to go on.`
      : `Pull request #${number} was closed. Reopen it to go on.`;
  }
  if (state === 'open' && base.branch !== wanted.base)
    return `Pull request #${number} was retargeted to '${base.branch}'. Set its base back to '${wanted.base}' to go on.`;
  if (state === 'open' && draft)
    return `Pull request #${number} was made a draft. Mark it as ready to go on.`;
  return null;
}
