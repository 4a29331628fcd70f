/** The folders of a repository that a project works in, as its file names them. */

const example = 'Name a folder from the top of the repository, such as services/shop';

/** Without a slash at its end. */
export function parseFolder(written: string): { readonly path: string } | { readonly problem: string } {
  const path = written
    .trim()
    .replace(/^(\.\/+)+/, '')
    .replace(/\/+$/, '');
  const problem = folderProblem(written.trim(), path);
  return problem === undefined ? { path } : { problem };
}

function folderProblem(written: string, path: string): string | undefined {
  if (written.startsWith('/') || /^[A-Za-z]:/.test(written)) return `${example}; this one is absolute.`;
  if (path === '' || path === '.')
    return `${example}; this one is all of it. Leave out paths to work in the whole repository.`;
  const parts = path.split('/');
  if (parts.includes('..')) return `${example}; this one leaves the repository ('..').`;
  if (parts.some((part) => part === '' || part === '.'))
    return `${example}; this one has an empty part or a '.' in it.`;
  if (parts.some((part) => part.toLowerCase() === '.git'))
    return `${example}; '.git' is no part of a commit.`;
  if (/[*?[\]!\\]/.test(path)) return `${example}; this one is a pattern, and whole folders are what counts.`;
  if (/[\p{Cc}\p{Surrogate}]/u.test(path) || path.length > 1_000)
    return `${example}; this is not a usable path.`;
  return undefined;
}
