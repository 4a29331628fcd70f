/** How Gitea, or Forgejo, is reached: as whom, and where. */
import type { GiteaAccess } from '../domain/code-host/gitea-access.ts';
import { type GivenSettings, type SettingName, settings } from './schema.ts';

export interface GiteaSettings extends GiteaAccess {
  readonly pollMs: number;
}

/** Undefined: neither its address nor a token is given. Of what is `wrong`, that was said already. */
export function readGitea(
  given: GivenSettings,
  wrong: ReadonlySet<SettingName>,
  problems: string[],
): GiteaSettings | undefined {
  const { giteaUrl: url, giteaToken: token, giteaPoll: pollMs = 60_000 } = given;
  const needed = ['giteaUrl', 'giteaToken'] as const;
  const missing = needed.filter((name) => given[name] === undefined && !wrong.has(name));
  if (missing.length === needed.length) return undefined;
  const names = missing.map((name) => settings[name].variable);
  if (names.length > 0) problems.push(`Gitea needs its address and a token; missing: ${names.join(', ')}.`);
  if (url === undefined || token === undefined) return undefined;
  // Its API's address is what its own pages show of it.
  return { url: url.replace(/\/api\/v1$/, ''), token, pollMs };
}
