/**
 * The one release of Gitea (MIT licence, kept beside the program) that tests run on, as its Go module. The sum is of the
 * module's archive, as in a go.sum; the go.sum inside it pins everything that it is built from.
 */
export const gitea = {
  module: 'code.gitea.io/gitea',
  version: '1.26.0',
  sum: 'h1:fJP9dqLbzKrKWUVnCVTfVersZdVDuyJQLEDzCAOmKKA=',
  tags: ['sqlite', 'sqlite_unlock_notify'],
  /** What the program reads as it runs, and the licence under which we keep it. */
  kept: ['options', 'templates', 'public', 'LICENSE'],
} as const;
