/** Webhooks as GitHub's settings have them, of repositories and of Apps. */
import type { Hook, Repository } from '../state.ts';
import { timestamp, type World } from '../world.ts';
import { apiUrl } from './repositories.ts';
import type { Body } from './users.ts';

export type HookOptions = Partial<Hook> & Pick<Hook, 'url'>;

export const hookOf = (options: HookOptions): Hook => ({
  contentType: 'json',
  active: true,
  events: ['*'],
  insecureSsl: false,
  secret: true,
  lastResponse: { code: null, status: 'unused', message: null },
  ...options,
});

/** Those that a test set; else the one that events are delivered to. */
export function hooksOf(world: World, repository: Repository): readonly Hook[] {
  const { target } = world.deliveries;
  return repository.hooks ?? (target === null ? [] : [hookOf({ url: target.url })]);
}

export function hookBody(world: World, repository: Repository, hook: Hook, index: number): Body {
  const id = 412_345_678 + index;
  const url = `${apiUrl(world, repository)}/hooks/${id}`;
  const since = timestamp(world.now());
  return {
    type: 'Repository',
    id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: hookConfigBody(hook),
    updated_at: since,
    created_at: since,
    url,
    test_url: `${url}/tests`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: hook.lastResponse,
  };
}

export const hookConfigBody = ({ url, contentType, insecureSsl, secret }: Hook): Body => ({
  url,
  content_type: contentType,
  insecure_ssl: insecureSsl ? '1' : '0',
  ...(secret ? { secret: '********' } : {}),
});
