/** Who asks, and whether they may. GitHub hides what one may not see (404) and names what one may not do (403). */
import { verify } from 'node:crypto';
import { badCredentials, forbidden, notFound, Refusal, requiresAuthentication } from './refusal.ts';
import type { App, Credential, Grants, Permission, Repository } from './state.ts';
import { permissionOf, reaches, type World } from './world.ts';

/** A grant that an App or a fine-grained token needs: `contents: write`. */
export type Grant = readonly [name: string, level: 'read' | 'write'];

export function authenticate(world: World, header: string | undefined): Credential {
  if (header === undefined) throw requiresAuthentication();
  const token = /^(?:bearer|token) (.+)$/i.exec(header)?.[1] ?? basicPassword(header);
  return credentialOf(world, token ?? '');
}

export const basicPassword = (header: string): string | undefined => {
  const encoded = /^basic (.+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
};

export function credentialOf(world: World, token: string): Credential {
  const credential = world.credentials.get(token);
  if (credential === undefined || credential.revoked) throw badCredentials();
  if (credential.expiresAt !== null && credential.expiresAt <= world.now()) throw badCredentials();
  return credential;
}

export function authenticateApp(world: World, header: string | undefined): App {
  const undecodable = new Refusal(401, 'A JSON web token could not be decoded');
  const [head, payload, signature] = (/^bearer (.+)$/i.exec(header ?? '')?.[1] ?? '').split('.');
  if (head === undefined || payload === undefined || signature === undefined) throw undecodable;
  const claims = decode(payload);
  const app = [...world.apps.values()].find(({ id }) => String(id) === String(claims?.['iss']));
  const algorithm = decode(head)?.['alg'];
  if (app === undefined || algorithm !== 'RS256') throw undecodable;
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url'))) throw undecodable;
  const now = world.now().getTime() / 1000;
  const expires = Number(claims?.['exp']);
  if (!(expires > now))
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (expires > now + 660) throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  return app;
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Throws the refusal that GitHub answers. */
export function authorize(
  world: World,
  repository: Repository,
  credential: Credential,
  needs: { readonly permission: Permission; readonly grant: Grant; readonly otherwise?: Refusal },
): void {
  const { login, kind, grants, scopes } = credential;
  const { permission, grant, otherwise } = needs;
  const writes = permission !== 'read';
  if (!sees(world, repository, credential)) throw notFound();
  if (writes && permission !== 'admin' && repository.options.archived)
    throw forbidden('Repository was archived so is read-only.');
  if (kind === 'classic') {
    const scope = scopes.includes('repo') || (scopes.includes('public_repo') && !repository.options.private);
    if (writes && !scope) throw notFound();
  }
  if (grants !== null && !granted(grants, grant)) {
    const whom = kind === 'installation' ? 'integration' : 'personal access token';
    const headers = { 'x-accepted-github-permissions': grant.join('=') };
    throw forbidden(`Resource not accessible by ${whom}`, headers);
  }
  if (kind === 'installation' || reaches(permissionOf(world, repository, login), permission)) return;
  throw (
    otherwise ?? (permission === 'admin' ? notFound() : forbidden('Must have push access to the repository.'))
  );
}

export function sees(world: World, repository: Repository, credential: Credential): boolean {
  const { repositories, kind, scopes, login, app } = credential;
  if (app !== null && app.owner !== repository.owner) return false;
  const named = (name: string) => world.renamed.get(name.toLowerCase()) === repository;
  if (repositories !== null && !repositories.some((name) => name === repository.fullName || named(name)))
    return false;
  if (repository.options.private && kind === 'classic' && !scopes.includes('repo')) return false;
  return reaches(permissionOf(world, repository, login), 'read');
}

export function granted(grants: Grants, [name, level]: Grant): boolean {
  const has = name === 'metadata' ? 'read' : grants[name];
  return has === 'write' || has === level;
}
