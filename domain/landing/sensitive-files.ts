/**
 * Files that a tool obeys as soon as it meets them: git, code hosts and their CI, agents, editors, package managers. A change of one
 * is a change of what will run, on machines of people too, so whoever decides about a change is told of each.
 */
import { pathToBytes } from '../text/byte-path.ts';
import { shorten } from '../text/truncate.ts';

export interface SensitiveFiles {
  /** As git quotes them where they are not UTF-8; at most 50. */
  readonly files: readonly string[];
  /** There are others besides. */
  readonly more: boolean;
}

export const noSensitiveFiles: SensitiveFiles = { files: [], more: false };

/** Names of files and folders, wherever they lie; a star stands for any end. Some file systems don't tell `A` from `a`. */
const names = [
  // Agents: ours first.
  ...['.phasewright', 'agents.md', 'agents.override.md', 'agent.md', '.agents', '.mcp.json', '.claude*'],
  ...['claude.md', 'claude.local.md', '.codex', '.cursor*', 'gemini.md', '.gemini*', '.aider*', '.windsurf*'],
  ...['.clinerules', '.roo', '.roomodes', '.roorules*', '.continue', '.junie', '.kiro', '.opencode*'],
  // Git, code hosts, CI.
  ...[
    '.git*',
    '.lfsconfig',
    '.husky',
    'lefthook.*',
    '.lefthook*',
    '.pre-commit-*',
    'codeowners',
    '.circleci',
  ],
  ...['.buildkite', '.drone.*', '.woodpecker*', '.travis.yml', '.forgejo', 'jenkinsfile*'],
  ...['azure-pipelines*', 'bitbucket-pipelines.yml'],
  // Editors and shells.
  ...[
    '.vscode*',
    '.idea',
    '.zed',
    '.fleet',
    '.devcontainer*',
    '.exrc',
    '.nvimrc',
    '.nvim.lua',
    '.dir-locals*',
  ],
  ...['.envrc', '.direnv', '.tool-versions', '.mise', '.mise.*', 'mise.toml'],
  // Package managers.
  ...['.npmrc', '.yarn', '.yarnrc*', '.pnpmfile.*', '.pypirc', 'pip.conf', '.cargo', '.bundle', '.mvn'],
];
/** Makes git keep a folder, and does nothing else. */
const harmless = '.gitkeep';

const exact: ReadonlySet<string> = new Set(names.filter((name) => !name.endsWith('*')));
const beginnings = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));

const isObeyed = (name: string): boolean =>
  name !== harmless && (exact.has(name) || beginnings.some((beginning) => name.startsWith(beginning)));

const isSensitive = (path: string): boolean =>
  String.fromCharCode(...pathToBytes(path))
    .toLowerCase()
    .split('/')
    .some(isObeyed);

const kept = 50;
const maxLength = 300;

/** Those of the paths that a tool obeys. */
export const sensitiveFiles = (paths: readonly string[]): SensitiveFiles =>
  bounded(paths.filter(isSensitive).map((path) => shorten(path, maxLength)));

/** Of both, each once. */
export function withSensitiveFiles(known: SensitiveFiles, more: SensitiveFiles): SensitiveFiles {
  const all = bounded([...known.files, ...more.files]);
  return { files: all.files, more: all.more || known.more || more.more };
}

function bounded(paths: readonly string[]): SensitiveFiles {
  const each = [...new Set(paths)];
  return { files: each.slice(0, kept), more: each.length > kept };
}
