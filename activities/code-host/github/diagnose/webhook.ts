/** The webhook: none is needed, since polling does the work; one that is there should work. Of the repository, or the App's own. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import type { Access } from './access.ts';
import { isAnswer } from '../errors.ts';
import { missingEvents } from './app.ts';
import { type Inspector, type Named, unlessHidden } from './inspector.ts';

type Acting = NonNullable<Access['acting']>;

/** As GitHub answers. */
interface Hook {
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

const polling = 'Until then polling does the work.';

export async function diagnoseWebhook(
  inspector: Inspector,
  repository: Named,
  acting: Acting,
  wanted: string | undefined,
): Promise<readonly Diagnostic[]> {
  const own = await ofApp(inspector, acting);
  const listed = await inspector
    .read(repository, 'list its webhooks', async (octokit, place) => {
      const hooks: readonly Hook[] = await octokit.paginate(octokit.rest.repos.listWebhooks, {
        ...place,
        per_page: 100,
      });
      return hooks;
    })
    .catch(unlessHidden);
  const found = [...own, ...(listed ?? [])].filter((hook) => leadsHere(hook, wanted));
  if (found.length > 0) return found.flatMap(judge);
  const where = wanted === undefined ? 'an address that ends in /github' : plainUrl(wanted);
  if (listed === undefined)
    return [
      warning(
        'Webhook',
        `The repository's webhooks can't be looked at: that takes an administrator (classic token: scope 'repo' or 'admin:repo_hook'; App or fine-grained token: Webhooks 'Read-only'). It works without: polling does the work.`,
      ),
    ];
  return [
    warning(
      'Webhook',
      `None leads to ${where}: polling does the work, and an answer is noticed with the next look. 'phasewright webhooks' makes it immediate: docs/webhooks.md.`,
    ),
  ];
}

/** An App without a webhook has none to read. */
async function ofApp(inspector: Inspector, { kind, login, events }: Acting): Promise<readonly Hook[]> {
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

function leadsHere({ config: { url = '' } }: Hook, wanted: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  if (wanted === undefined) return /\/github\/?$/.test(new URL(url).pathname);
  return URL.canParse(wanted) && plainUrl(url) === plainUrl(wanted);
}

/** Without what may be a secret. */
function plainUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, '')}`;
}

function judge({ active, events, config, last_response: last }: Hook): readonly Diagnostic[] {
  const where = plainUrl(config.url ?? '');
  const missing = missingEvents(events);
  const broken = [
    config.content_type === 'json' ? '' : "its content type must be 'application/json'",
    config.secret === undefined || config.secret === ''
      ? 'it has no secret: set the value of PHASEWRIGHT_WEBHOOK_SECRET'
      : '',
  ].filter((text) => text !== '');
  const weak = [
    active ? '' : "it is not active: tick 'Active'",
    missing.length === 0 ? '' : `it misses the events ${missing.join(', ')}`,
    String(config.insecure_ssl ?? '0') === '0'
      ? ''
      : 'GitHub does not verify its certificate: turn SSL verification on',
    answeredBadly(last?.code ?? null)
      ? `the last delivery was answered with ${last?.code ?? 0}${last?.message ? ` (${last.message})` : ''}: see its Recent Deliveries`
      : '',
  ].filter((text) => text !== '');
  if (broken.length > 0)
    return [problem('Webhook', `${where}: ${[...broken, ...weak].join('; ')}. ${polling}`)];
  if (weak.length > 0) return [warning('Webhook', `${where}: ${weak.join('; ')}. ${polling}`)];
  const used =
    last === undefined
      ? ''
      : last.code === null
        ? ', nothing delivered yet'
        : `, last answered with ${last.code}`;
  return [ok('Webhook', `${where}${used}`)];
}

/** Zero: no answer. */
const answeredBadly = (code: number | null): boolean => code !== null && (code < 200 || code >= 300);
