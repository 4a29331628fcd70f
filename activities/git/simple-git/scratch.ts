/**
 * A git folder of our own for one command, or for a few that belong together: every git process of ours gets a fresh one, with a
 * configuration that nobody else has written, and only the mirror's objects. What must stay true: nothing in it comes from a place
 * that an agent can write, and it is gone when the commands are.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cone } from '../../../domain/model/cone.ts';
import { isAlive } from '../../support/process-table.ts';
import { identityOf } from '../../support/process-records.ts';
import { sparseSettings, writePatterns } from './sparse-patterns.ts';

export interface Scratch {
  readonly gitDir: string;
  readonly indexFile: string;
}

export interface ScratchOptions {
  /** A file system that doesn't tell capitals apart. */
  readonly ignoreCase: boolean;
  /** What the worker's user ignores in every repository: the text of a `.gitignore`. */
  readonly excludes?: string;
  /** Attributes for this command alone, as in a `.gitattributes` at the top; each byte is the character of its number. */
  readonly attributes?: string;
  /** Full name → object id. */
  readonly refs?: ReadonlyMap<string, string>;
  /** More configuration: key and value. */
  readonly config?: readonly (readonly [string, string])[];
  /** What of a commit its files are; undefined: everything. */
  readonly cone?: Cone | undefined;
}

export type OpenScratch = <T>(options: ScratchOptions, body: (scratch: Scratch) => Promise<T>) => Promise<T>;

export function createScratches(dataDir: string): OpenScratch {
  const folder = join(dataDir, 'scratch');
  const ready = removeAbandoned(folder);
  return async (options, body) => {
    await ready;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const gitDir = await mkdtemp(join(folder, `${process.pid}-${identityOf(process.pid).startedAt}-`));
    try {
      await fill(gitDir, options);
      return await body({ gitDir, indexFile: join(gitDir, 'index') });
    } finally {
      await rm(gitDir, { recursive: true, force: true });
    }
  };
}

/** Of workers that were killed in the midst. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [pid = '', startedAt = ''] = name.split('-');
    if (!isAlive({ pid: Number(pid), startedAt }))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function fill(
  gitDir: string,
  { ignoreCase, excludes, attributes, refs, config = [], cone }: ScratchOptions,
): Promise<void> {
  const excludesFile = join(gitDir, 'excludes');
  const attributesFile = join(gitDir, 'attributes');
  await Promise.all([
    mkdir(join(gitDir, 'refs')),
    mkdir(join(gitDir, 'objects')),
    writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none-of-phasewright\n'),
    writeFile(
      join(gitDir, 'config'),
      configText([
        ['core.repositoryFormatVersion', '0'],
        ['core.fileMode', String(process.platform !== 'win32')],
        ...(ignoreCase ? [['core.ignoreCase', 'true'] as const] : []),
        // Files that would be believed without a look at the objects.
        ['core.commitGraph', 'false'],
        ['core.multiPackIndex', 'false'],
        ['core.excludesFile', excludes === undefined ? '/dev/null' : excludesFile],
        ['core.attributesFile', attributes === undefined ? '/dev/null' : attributesFile],
        ...(cone === undefined ? [] : sparseSettings),
        ...config,
      ]),
    ),
    writePatterns(gitDir, cone),
    ...(excludes === undefined ? [] : [writeFile(excludesFile, excludes)]),
    ...(attributes === undefined ? [] : [writeFile(attributesFile, attributes, 'latin1')]),
    ...(refs === undefined ? [] : [writeFile(join(gitDir, 'packed-refs'), packedRefs(refs))]),
  ]);
}

/** `section.name` or `section.subsection.name` with its value, as git reads it. */
export function configText(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([key, value]) => {
      const section = key.slice(0, key.indexOf('.'));
      const name = key.slice(key.lastIndexOf('.') + 1);
      const inner = key.slice(section.length + 1, Math.max(section.length + 1, key.lastIndexOf('.')));
      const header = inner === '' ? `[${section}]` : `[${section} "${inner.replaceAll(/["\\]/g, '\\$&')}"]`;
      const quoted = value.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
      return `${header}\n\t${name} = "${quoted}"\n`;
    })
    .join('');
}

export const packedRefs = (refs: ReadonlyMap<string, string>): string =>
  `# pack-refs with: sorted \n${[...refs]
    .filter(([ref, sha]) => ref.startsWith('refs/') && /^[0-9a-f]{40}$/.test(sha))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([ref, sha]) => `${sha} ${ref}\n`)
    .join('')}`;
