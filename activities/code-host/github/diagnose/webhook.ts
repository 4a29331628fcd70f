/** The webhook on GitHub: of the repository, or the App's own. */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';
import { type Hook, judgeHooks } from '../../hooks.ts';
import type { Access } from './access.ts';
import { isAnswer } from '../errors.ts';
import { missingEvents } from './app.ts';
import { type Inspector, type Named, unlessHidden } from './inspector.ts';

type Acting = NonNullable<Access['acting']>;

/** As GitHub answers. */
interface ApiHook {
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: HookConfig;
  readonly last_response?: { readonly code: number | null; readonly message: string | null };
}

interface HookConfig {
  readonly url?: string;
  readonly content_type?: string;
  readonly insecure_ssl?: string | number;
  /** Stars, if there is one. */
  readonly secret?: string;
}

const right =
  "an administrator (classic token: scope 'repo' or 'admin:repo_hook'; App or fine-grained token: Webhooks 'Read-only')";

export async function diagnoseWebhook(
  inspector: Inspector,
  repository: Named,
  acting: Acting,
  wanted: string | undefined,
): Promise<readonly Diagnostic[]> {
  const own = await ofApp(inspector, acting);
  const listed = await inspector
    .read(repository, 'list its webhooks', async (octokit, place) => {
      const hooks: readonly ApiHook[] = await octokit.paginate(octokit.rest.repos.listWebhooks, {
        ...place,
        per_page: 100,
      });
      return hooks;
    })
    .catch(unlessHidden);
  const lacking = listed === undefined ? right : undefined;
  return judgeHooks([...own, ...(listed ?? [])].map(hookOf), { wanted, lacking });
}

/** An App without a webhook has none to read. */
async function ofApp(inspector: Inspector, { kind, login, events }: Acting): Promise<readonly ApiHook[]> {
  if (kind !== 'app') return [];
  const config = await inspector
    .ask(login, "read the App's webhook", async (octokit) => {
      const { data } = await octokit.rest.apps.getWebhookConfigForApp();
      return data as HookConfig;
    })
    .catch((error: unknown) => {
      if (isAnswer(error, 'missing')) return undefined;
      throw error;
    });
  return config === undefined ? [] : [{ active: true, events: events ?? [], config }];
}

function hookOf({ active, events, config, last_response: last }: ApiHook): Hook {
  return {
    url: config.url ?? '',
    json: config.content_type === 'json',
    active,
    missingEvents: missingEvents(events),
    unsigned: config.secret === undefined || config.secret === '',
    weak: [
      String(config.insecure_ssl ?? '0') === '0'
        ? ''
        : 'GitHub does not verify its certificate: turn SSL verification on',
      answeredBadly(last?.code ?? null)
        ? `the last delivery was answered with ${last?.code ?? 0}${last?.message ? ` (${last.message})` : ''}: see its Recent Deliveries`
        : '',
    ].filter((text) => text !== ''),
    used:
      last === undefined
        ? ''
        : last.code === null
          ? ', nothing delivered yet'
          : `, last answered with ${last.code}`,
  };
}

/** Zero: no answer. */
const answeredBadly = (code: number | null): boolean => code !== null && (code < 200 || code >= 300);
