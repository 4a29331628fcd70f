/** The webhooks of a repository on Gitea. Those of its owner and of the whole server are not seen. */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';
import type { Named } from '../../diagnosis.ts';
import { type Hook, judgeHooks } from '../../hooks.ts';
import type { Inspector } from './inspector.ts';
import { pathOf } from './rules.ts';

/** As Gitea answers; whether there is a secret is not told. */
interface ApiHook {
  readonly active: boolean;
  readonly type: string;
  readonly events: readonly string[];
  readonly branch_filter?: string;
  readonly config: { readonly url?: string; readonly content_type?: string };
}

/** By the names of the settings, which are not those of the deliveries. */
const needed = [
  ['Pull Request', 'pull_request'],
  ['Pull Request Comment', 'pull_request_comment'],
  ['Pull Request Reviewed', 'pull_request_review', 'pull_request_review_approved'],
  ['Pull Request Synchronized', 'pull_request_sync'],
] as const;

export async function diagnoseWebhook(
  inspector: Inspector,
  repository: Named,
  wanted: string | undefined,
): Promise<readonly Diagnostic[]> {
  const { status, data } = await inspector.ask(`${pathOf(repository)}/hooks?limit=50`);
  const hooks = status === 200 ? (data as readonly ApiHook[]).map(hookOf) : [];
  const lacking = status === 200 ? undefined : 'an administrator of the repository';
  return judgeHooks(hooks, { wanted, lacking });
}

function hookOf({ active, type, events, branch_filter: filter = '', config }: ApiHook): Hook {
  return {
    url: config.url ?? '',
    json: config.content_type === 'json',
    active,
    missingEvents: needed
      .filter(([, ...names]) => !names.some((name) => events.includes(name)))
      .map(([shown]) => `'${shown}'`),
    weak: [
      ['gitea', 'forgejo'].includes(type)
        ? ''
        : `it is of the type ${type}, which is written for another program`,
      ['', '*', '**'].includes(filter) ? '' : `its branch filter ${filter} leaves pushes out`,
    ].filter((text) => text !== ''),
  };
}
