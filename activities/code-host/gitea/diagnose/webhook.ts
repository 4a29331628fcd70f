/** The webhooks of a repository on Gitea. Those of its owner and of the whole server are not seen. */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';
import type { RepositoryRef } from '../../../../domain/model/project.ts';
import { type Hook, judgeHooks } from '../../hooks.ts';
import type { Client } from '../client.ts';
import { type GiteaHook, readHooks } from './answers.schema.ts';
import { unlessHidden } from './rules.ts';

/** By the names of the settings, which are not those of the deliveries. */
const needed = [
  ['Pull Request', 'pull_request'],
  ['Pull Request Comment', 'pull_request_comment'],
  ['Pull Request Reviewed', 'pull_request_review', 'pull_request_review_approved'],
  ['Pull Request Synchronized', 'pull_request_sync'],
] as const;

export async function diagnoseWebhook(
  client: Client,
  repository: RepositoryRef,
  wanted: string | undefined,
): Promise<readonly Diagnostic[]> {
  const ask = { repository, what: 'list its webhooks', path: ['hooks'] };
  const hooks = await client.all(ask, readHooks).catch(unlessHidden);
  const lacking = hooks === null ? 'an administrator of the repository' : undefined;
  return judgeHooks((hooks ?? []).map(hookOf), { wanted, lacking });
}

function hookOf({ active, type, events, branch_filter: filter, config }: GiteaHook): Hook {
  return {
    url: config.url,
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
