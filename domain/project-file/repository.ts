/** What a person may write as `repository:`, told apart once. */
import type { RepositoryRef } from '../model/project.ts';

export type ParsedRepository = { readonly repository: RepositoryRef } | { readonly problem: string };

const forms =
  'Write a path (such as . or /srv/app), a git URL (https://…, ssh://…, git@host:path) or owner/name.';

/** A `path` is returned as written; only an absolute one means anything to a worker. */
export function parseRepository(written: string): ParsedRepository {
  const text = written.trim();
  if (text === '') return { problem: `The repository is missing. ${forms}` };
  if (/[\p{Cc}\p{Surrogate}]/u.test(text))
    return { problem: `The repository holds a control character. ${forms}` };
  if (text.startsWith('-'))
    return { problem: `'${text}' starts with '-', which commands read as an option. ${forms}` };
  if (text.startsWith('~'))
    return { problem: `'${text}': '~' stands for another folder on each machine; write the path out.` };
  if (/^(\/|\.{1,2}(\/|$)|[A-Za-z]:[\\/])/.test(text)) return { repository: { kind: 'path', path: text } };
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return parseUrl(text);
  if (/^[\w.-]+@[A-Za-z0-9][\w.-]*:(?![/]{2})[^-:\s][^\s]*$/.test(text))
    return { repository: { kind: 'url', url: text } };
  const [, owner, name] = /^([A-Za-z0-9][\w.-]*)\/([\w.][\w.-]*)$/.exec(text) ?? [];
  if (owner !== undefined && name !== undefined && !/^\.+$/.test(name)) {
    return { repository: { kind: 'hosted', owner, name: name.replace(/(?<=.)\.git$/, '') } };
  }
  return { problem: `'${text}' is not a repository. ${forms} For a folder beside the file, write ./${text}` };
}

function parseUrl(text: string): ParsedRepository {
  const [, scheme = '', authority = '', path = ''] = /^([^:]+):\/\/([^/?#]*)(.*)$/.exec(text) ?? [];
  const protocol = scheme.toLowerCase();
  if (protocol === 'file') {
    return path.startsWith('/') && (authority === '' || authority === 'localhost')
      ? { repository: { kind: 'path', path: decode(path) } }
      : { problem: `'${text}' names a folder on another machine; write its path or a git URL.` };
  }
  if (!['https', 'http', 'ssh', 'git'].includes(protocol)) {
    return { problem: `'${protocol}://' is not a protocol we use git with: https, http, ssh, git or file.` };
  }
  const at = authority.lastIndexOf('@');
  // A token often stands where a user name would.
  if (at >= 0 && (protocol !== 'ssh' || authority.slice(0, at).includes(':'))) {
    return {
      problem:
        'The URL holds a user name or a secret, and would be kept in history. Leave it out and use a credential helper or a key.',
    };
  }
  const host = authority.slice(at + 1);
  if (!/^[A-Za-z0-9[]/.test(host) || authority.startsWith('-'))
    return { problem: 'The URL has no usable host name.' };
  if (path.length < 2) return { problem: 'The URL has no path to a repository.' };
  return { repository: { kind: 'url', url: text } };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
