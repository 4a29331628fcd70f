import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  noSensitiveFiles,
  sensitiveFiles,
  withSensitiveFiles,
} from '../../../domain/landing/sensitive-files.ts';
import { pathFromBytes } from '../../../domain/text/byte-path.ts';

const inBytes = (path: string) => pathFromBytes(Buffer.from(path, 'latin1'));

describe('a file that a tool obeys', () => {
  it.each([
    '.phasewright/flows/default.yaml',
    '.gitattributes',
    'packages/ui/.gitignore',
    '.gitmodules',
    '.github/workflows/ci.yml',
    '.gitlab-ci.yml',
    '.claude/settings.json',
    '.codex/config.toml',
    '.cursor/rules/a.mdc',
    '.cursorrules',
    'CLAUDE.md',
    'docs/AGENTS.md',
    '.husky/pre-commit',
    '.vscode/tasks.json',
    '.envrc',
    'packages/ui/.npmrc',
    '.yarnrc.yml',
    'Jenkinsfile',
    '.devcontainer.json',
  ])('is found: %s', (path) => {
    expect(sensitiveFiles(['src/a.ts', path])).toEqual({ files: [path], more: false });
  });

  it.each(['.GitHub/workflows/ci.yml', 'claude.MD', '.ENVRC'])(
    'is found however it is written, as on file systems that see no difference: %s',
    (path) => expect(sensitiveFiles([path]).files).toEqual([path]),
  );

  it.each(['.claude/gr\u00fcn.md', '\u00e9/.npmrc', '.git\u00e9'])(
    'is found in a path that is not UTF-8, and named as git quotes it: %s',
    (path) => expect(sensitiveFiles([inBytes(path)]).files).toEqual([inBytes(path)]),
  );

  it('is found when its path begins with a quote', () => {
    const path = inBytes('"a/.vscode/tasks.json');
    expect(sensitiveFiles([path]).files).toEqual([path]);
  });

  it.each([
    '.gitkeep',
    'src/github/index.ts',
    'git.ts',
    'src/claude.ts',
    'docs/agents.html',
    'a.npmrc',
    'root.md',
  ])('is not %s', (path) => expect(sensitiveFiles([path])).toEqual(noSensitiveFiles));
});

describe('many files that tools obey', () => {
  const paths = (first: number, count: number) =>
    Array.from({ length: count }, (_each, index) => `.github/${first + index}.yml`);

  it('are at most 50, and it is said that there are more', () => {
    const many = sensitiveFiles(paths(0, 51));
    expect(many.files).toHaveLength(50);
    expect(many.more).toBe(true);
    expect(withSensitiveFiles(many, sensitiveFiles(['AGENTS.md'])).more).toBe(true);
    expect(withSensitiveFiles(noSensitiveFiles, many)).toEqual(many);
  });

  it('of several tasks are named once each', () => {
    const both = withSensitiveFiles(sensitiveFiles(paths(0, 3)), sensitiveFiles(paths(1, 3)));
    expect(both).toEqual({ files: paths(0, 4), more: false });
  });

  it('never lose one without saying so, however many come together', () => {
    const several = fc.array(
      fc.nat({ max: 40 }).chain((first) => fc.nat({ max: 30 }).map((n) => paths(first, n))),
    );
    fc.assert(
      fc.property(several, (lists) => {
        const all = lists.map(sensitiveFiles).reduce(withSensitiveFiles, noSensitiveFiles);
        const each = new Set(lists.flat());
        expect(all.files.length).toBe(Math.min(50, each.size));
        expect(all.more).toBe(each.size > 50);
      }),
    );
  });

  it('with names without end are cut', () => {
    expect(sensitiveFiles([`.github/${'x'.repeat(5_000)}`]).files[0]?.length).toBe(300);
  });
});
