/** That a Gitea or Forgejo answers, and which one. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import type { Client } from '../client.ts';
import { isAnswer } from '../errors.ts';
import { readHttpGit, readVersion } from './answers.schema.ts';

/** What the tests run on. */
const tried = '1.26';

/** Throws if none answers, or something else does. */
export async function diagnoseServer(client: Client, url: string): Promise<readonly Diagnostic[]> {
  let version: string;
  try {
    version = await client.own('read its version', '/version', readVersion, url);
  } catch (error) {
    if (isAnswer(error, 'missing'))
      return [
        problem(
          'Gitea',
          `${url} answers, but not as Gitea or Forgejo does. PHASEWRIGHT_GITEA_URL is the address of its pages, as a browser has it, without /api/v1.`,
        ),
      ];
    // With a token that it doesn't know it answers nothing at all; that is said of the token.
    if (isAnswer(error, 'lost')) return [ok('Gitea', `${url} answers`)];
    throw error;
  }
  const git = await client.own('read how it is set up', '/settings/repository', readHttpGit, url);
  return [
    known(url, version),
    ...(git
      ? []
      : [
          problem(
            'Git over HTTP',
            'This server has it turned off, and branches are fetched and pushed that way. Its operator sets DISABLE_HTTP_GIT = false under [repository] in app.ini.',
          ),
        ]),
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
