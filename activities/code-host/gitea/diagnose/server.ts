/** That a Gitea or Forgejo answers, which one, and whether our clocks agree. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { clockOff } from '../../diagnosis.ts';
import type { Inspector } from './inspector.ts';

/** What the tests run on. */
const tried = '1.26';

export async function diagnoseServer(inspector: Inspector): Promise<readonly Diagnostic[]> {
  const { url } = inspector;
  const { status, data, said, date } = await inspector.ask('/version');
  // Of a token that it doesn't know nothing is answered at all; that is said of the token.
  if (status === 401 && said !== '') return [ok('Gitea', `${url} answers`)];
  const version = status === 200 ? (data as { readonly version?: unknown } | null)?.version : undefined;
  if (typeof version !== 'string')
    return [
      problem(
        'Gitea',
        `${url} answers, but not as Gitea or Forgejo does (${status}${said === '' ? '' : `: ${said}`}). PHASEWRIGHT_GITEA_URL is the address of its pages, as a browser has it, without /api/v1.`,
      ),
    ];
  const { data: settings } = await inspector.ask('/settings/repository');
  const noGit = (settings as { readonly http_git_disabled?: unknown } | null)?.http_git_disabled === true;
  return [
    known(url, version),
    ...(noGit
      ? [
          problem(
            'Git over HTTP',
            'This server has it turned off, and branches are fetched and pushed that way. Its operator sets DISABLE_HTTP_GIT = false under [repository] in app.ini.',
          ),
        ]
      : []),
    ...clockOff("Gitea's", date - inspector.clock()),
  ];
}

function known(url: string, version: string): Diagnostic {
  const [, own = version, gitea] = /^(.*?)\+gitea-(.+)$/.exec(version) ?? [];
  if (gitea !== undefined)
    return warning(
      'Gitea',
      `${url} is Forgejo ${own}, which speaks as Gitea ${gitea} does. Phasewright is tested with Gitea ${tried}, never with Forgejo: try a small project first.`,
    );
  return version.startsWith(`${tried}.`)
    ? ok('Gitea', `${url} is Gitea ${version}, which Phasewright is tested with`)
    : warning(
        'Gitea',
        `${url} is Gitea ${version}. Phasewright is tested with ${tried}: try a small project first.`,
      );
}
