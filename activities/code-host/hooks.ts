/** Webhooks that should lead to ours. None is needed, since polling does the work; one that is there should work. */
import { type Diagnostic, ok, problem, warning } from '../../domain/model/diagnostic.ts';

/** One that a code host has; what it doesn't tell is absent. */
export interface Hook {
  readonly url: string;
  readonly json: boolean;
  readonly active: boolean;
  /** Of those that matter. */
  readonly missingEvents: readonly string[];
  /** Known to be without one. */
  readonly unsigned?: boolean;
  /** What else weakens it, in words that follow a semicolon. */
  readonly weak?: readonly string[];
  /** How it has fared so far, in words that follow a comma. */
  readonly used?: string;
}

const polling = 'Until then polling does the work.';

/** `lacking`: the right without which not all of them are seen. */
export function judgeHooks(
  hooks: readonly Hook[],
  { wanted, lacking }: { readonly wanted: string | undefined; readonly lacking: string | undefined },
): readonly Diagnostic[] {
  const found = hooks.filter(({ url }) => leadsHere(url, wanted));
  if (found.length > 0) return found.map(judge);
  if (lacking !== undefined)
    return [
      warning(
        'Webhook',
        `The repository's webhooks can't be looked at: that takes ${lacking}. It works without: polling does the work.`,
      ),
    ];
  const where = wanted === undefined ? 'an address that ends in /github' : plainUrl(wanted);
  return [
    warning(
      'Webhook',
      `None leads to ${where}: polling does the work, and an answer is noticed with the next look. 'phasewright webhooks' makes it immediate: docs/webhooks.md.`,
    ),
  ];
}

function leadsHere(url: string, wanted: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  if (wanted === undefined) return /\/github\/?$/.test(new URL(url).pathname);
  return URL.canParse(wanted) && plainUrl(url) === plainUrl(wanted);
}

/** Without what may be a secret. */
function plainUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, '')}`;
}

function judge({
  url,
  json,
  active,
  missingEvents,
  unsigned = false,
  weak = [],
  used = '',
}: Hook): Diagnostic {
  const where = plainUrl(url);
  const broken = [
    json ? '' : "its content type must be 'application/json'",
    unsigned ? 'it has no secret: set the value of PHASEWRIGHT_WEBHOOK_SECRET' : '',
  ].filter((text) => text !== '');
  const doubtful = [
    active ? '' : "it is not active: tick 'Active'",
    missingEvents.length === 0 ? '' : `it misses the events ${missingEvents.join(', ')}`,
    ...weak,
  ].filter((text) => text !== '');
  if (broken.length > 0)
    return problem('Webhook', `${where}: ${[...broken, ...doubtful].join('; ')}. ${polling}`);
  if (doubtful.length > 0) return warning('Webhook', `${where}: ${doubtful.join('; ')}. ${polling}`);
  return ok('Webhook', `${where}${used}`);
}
