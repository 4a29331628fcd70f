/** Who may push to a repository, remembered for a minute: whose word counts is asked for at every look. */
import type { CodeHost } from './port.ts';
import { nameOf } from './repositories.ts';

/** A right that was just taken away counts at most this long. */
const rememberMs = 60_000;
const rememberAtMost = 1_000;

export function rememberRights(ask: CodeHost['mayWrite'], clock: () => number): CodeHost['mayWrite'] {
  const known = new Map<string, { readonly may: boolean; readonly until: number }>();
  return async (repository, login) => {
    const key = `${nameOf(repository)} ${login}`.toLowerCase();
    const before = known.get(key);
    if (before !== undefined && before.until > clock()) return before.may;
    const may = await ask(repository, login);
    if (known.size >= rememberAtMost) known.clear();
    known.set(key, { may, until: clock() + rememberMs });
    return may;
  };
}
