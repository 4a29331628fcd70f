import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInspectionActivities } from '../../../activities/artifacts/activities.ts';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { createTestRepository } from '../../support/repository.ts';

describe('artifacts as files', () => {
  let folder: string;
  let root: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'phasewright-artifacts-'));
    root = join(folder, 'artifacts');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads back what was written, under its id', async () => {
    const artifacts = createFileArtifacts({ root });
    expect(await artifacts.write('shop/1/2/3/prompt.md', 'Do it. 🛠\n')).toBe('shop/1/2/3/prompt.md');
    expect(await artifacts.read('shop/1/2/3/prompt.md', 1_000)).toEqual({
      text: 'Do it. 🛠\n',
      truncated: false,
    });
    expect(await createFileArtifacts({ root }).read('shop/1/2/3/prompt.md', 1_000)).toBeDefined();
    expect(await artifacts.read('shop/1/2/3/log', 1_000)).toBeUndefined();
    expect(await artifacts.read('shop/1', 1_000)).toBeUndefined();
  });

  it('replaces what was there, and leaves no temporary files', async () => {
    const artifacts = createFileArtifacts({ root });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => artifacts.write('shop/log', `${n}`.repeat(10_000))),
    );
    const text = (await artifacts.read('shop/log', 100_000))?.text ?? '';
    expect(new Set(text.slice(0, 10_000)).size).toBeLessThanOrEqual(2);
    expect(text.length % 10_000).toBe(0);
    expect(readdirSync(join(root, 'shop'))).toEqual(['log']);
    expect(statSync(join(root, 'shop', 'log')).mode & 0o077).toBe(0);
  });

  it.each([
    '',
    '..',
    '../secret',
    'shop/../../secret',
    '/etc/passwd',
    'shop//log',
    'shop/',
    'shop/.git/config',
    'shop\\..\\secret',
    'shop/a\0b',
    'shop/a\nb',
    '-rf',
    `shop/${'x'.repeat(201)}`,
  ])('takes no id that could lead elsewhere: %j', async (id) => {
    const artifacts = createFileArtifacts({ root });
    await expect(artifacts.write(id, 'x')).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(artifacts.read(id, 10)).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(artifacts.path(id)).rejects.toMatchObject({ code: 'InvalidMessage' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('never writes outside its folder, whatever the id', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('..', '.', 'a', 'B-1', '/', '', '~', 'a b', '\\', '%2e%2e')),
        async (parts) => {
          const home = mkdtempSync(join(folder, 'case-'));
          const artifacts = createFileArtifacts({ root: join(home, 'root') });
          await artifacts.write(parts.join('/'), 'x').catch(() => undefined);
          expect(readdirSync(home).filter((name) => name !== 'root')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follows no link that something left in the folder', async () => {
    const artifacts = createFileArtifacts({ root });
    const secret = join(folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'key'), 'hunter2');
    await artifacts.write('shop/1/log', 'fine');
    symlinkSync(secret, join(root, 'shop', 'way-out'));
    symlinkSync(join(secret, 'key'), join(root, 'shop', 'key'));
    await expect(artifacts.read('shop/way-out/key', 100)).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(artifacts.read('shop/key', 100)).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(artifacts.write('shop/way-out/key', 'x')).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(artifacts.path('shop/way-out/new')).rejects.toMatchObject({ code: 'InvalidMessage' });
    expect(await artifacts.list('shop')).toEqual(['shop/1/log']);
    await artifacts.remove('shop');
    expect(readFileSync(join(secret, 'key'), 'utf8')).toBe('hunter2');
  });

  it('has none where a FIFO or a folder lies, and waits for nobody', async () => {
    const artifacts = createFileArtifacts({ root });
    await artifacts.write('shop/1/log', 'text');
    execFileSync('mkfifo', [join(root, 'shop/1/prompt.md')]);
    expect(await artifacts.read('shop/1/prompt.md', 100)).toBeUndefined();
    expect(await artifacts.read('shop/1', 100)).toBeUndefined();
    expect(await artifacts.add('shop/1/prompt.md', 'told')).toBe('shop/1/prompt.2.md');
    expect(await artifacts.list('shop')).toEqual(['shop/1/log', 'shop/1/prompt.2.md']);
    expect(await artifacts.folders('shop')).toEqual(['1']);
    expect(await artifacts.folders('shop/1/prompt.md')).toEqual([]);
  });

  it('cuts what is too long, and says so, without half a character', async () => {
    const artifacts = createFileArtifacts({ root, maxBytes: 200 });
    await artifacts.write('shop/log', '€'.repeat(1_000));
    const text = readFileSync(join(root, 'shop', 'log'), 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200);
    expect(text).toMatch(/^€+\n\[cut here: \d+ more bytes\]\n$/);
  });

  it('reads no more than asked, and never half a character', async () => {
    const artifacts = createFileArtifacts({ root });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.nat(40), async (text, maxBytes) => {
        await artifacts.write('any', text);
        const read = await artifacts.read('any', maxBytes);
        expect(text.startsWith(read?.text ?? '?')).toBe(true);
        expect(Buffer.byteLength(read?.text ?? '')).toBeLessThanOrEqual(maxBytes);
        expect(read?.truncated).toBe(Buffer.byteLength(text) > maxBytes);
      }),
      { numRuns: 60 },
    );
  });

  it('lists below a folder, attempts in order of their numbers, never a neighbour', async () => {
    const artifacts = createFileArtifacts({ root });
    for (const id of ['shop/1/1/10/log', 'shop/1/1/2/log', 'shop/10/1/1/log', 'shop-2/1/1/1/log'])
      await artifacts.write(id, '');
    expect(await artifacts.list('shop/1')).toEqual(['shop/1/1/2/log', 'shop/1/1/10/log']);
    expect(await artifacts.list('shop/1/')).toHaveLength(2);
    expect(await artifacts.list('')).toHaveLength(4);
    expect(await artifacts.list('shop/1/1/2/log')).toEqual(['shop/1/1/2/log']);
    expect(await artifacts.list('nothing')).toEqual([]);
    expect(await createFileArtifacts({ root, maxListed: 2 }).list('')).toHaveLength(2);
  });

  it('gives a path whose folder exists, for programs that write by themselves', async () => {
    const artifacts = createFileArtifacts({ root });
    const path = await artifacts.path('shop/1/1/1/result.json');
    writeFileSync(path, '{}');
    expect(await artifacts.read('shop/1/1/1/result.json', 10)).toEqual({ text: '{}', truncated: false });
  });

  it('removes a folder, nothing twice as bad, and never everything', async () => {
    const artifacts = createFileArtifacts({ root });
    await artifacts.write('shop/1/log', '');
    await artifacts.write('bank/1/log', '');
    await artifacts.remove('shop');
    await artifacts.remove('shop');
    expect(await artifacts.list('')).toEqual(['bank/1/log']);
    await expect(artifacts.remove('')).rejects.toMatchObject({ code: 'InvalidMessage' });
    expect(existsSync(join(root, 'bank'))).toBe(true);
  });

  it('what is added replaces nothing, and the same text again is the same artifact', async () => {
    const artifacts = createFileArtifacts({ root });
    expect(await artifacts.unused('shop/1/1/1/prompt.md')).toBe('shop/1/1/1/prompt.md');
    for (const [text, id] of [
      ['Do it.', 'shop/1/1/1/prompt.md'],
      ['Do it again.', 'shop/1/1/1/prompt.2.md'],
      ['Do it.', 'shop/1/1/1/prompt.md'],
      ['Do it again.', 'shop/1/1/1/prompt.2.md'],
    ] as const)
      expect(await artifacts.add('shop/1/1/1/prompt.md', text)).toBe(id);
    expect(await artifacts.read('shop/1/1/1/prompt.md', 100)).toMatchObject({ text: 'Do it.' });
    expect(await artifacts.unused('shop/1/1/1/prompt.md')).toBe('shop/1/1/1/prompt.3.md');
  });

  describe('read for people', () => {
    const git = () => createSimpleGit({ dataDir: join(folder, 'data'), hostId: 'host-a', env: process.env });

    it('answers null for what is not there, and no more than an answer may hold', async () => {
      const artifacts = createFileArtifacts({ root });
      const inspection = createInspectionActivities({ artifacts, git: git() });
      expect(await inspection.readArtifact({ artifact: 'shop/log', maxBytes: 10 })).toBeNull();
      await artifacts.write('shop/log', 'x'.repeat(3_000_000));
      const read = await inspection.readArtifact({ artifact: 'shop/log', maxBytes: 10_000_000 });
      expect(read?.truncated).toBe(true);
      expect(read?.text.length).toBe(512 * 1024);
      expect(await inspection.listArtifacts({ prefix: 'shop' })).toEqual(['shop/log']);
    });

    it('tells the last attempt of each task that left anything behind', async () => {
      const artifacts = createFileArtifacts({ root });
      const inspection = createInspectionActivities({ artifacts, git: git() });
      expect(await inspection.findAttempts({ owner: 'shop', phase: 1 })).toEqual({ attempts: {} });
      for (const id of ['1/0/1/log', '1/2/9/log', '1/2/10/log', '1/2/notes/log', '1/3', '2/4/1/log'])
        await artifacts.write(`shop/${id}`, 'x');
      expect(await inspection.findAttempts({ owner: 'shop', phase: 1 })).toEqual({
        attempts: { 0: 1, 2: 10 },
      });
    });

    it('refuses a way out as a failure with a name', async () => {
      const inspection = createInspectionActivities({ artifacts: createFileArtifacts({ root }), git: git() });
      await expect(
        inspection.readArtifact({ artifact: '../../etc/passwd', maxBytes: 10 }),
      ).rejects.toMatchObject({
        type: 'InvalidMessage',
        nonRetryable: true,
      });
    });

    it('shows the difference between two commits', async () => {
      const repository = createTestRepository();
      const from = repository.tip('main') ?? '';
      const to = repository.commit('work', { 'work.txt': 'work\n' }, 'main');
      const inspection = createInspectionActivities({ artifacts: createFileArtifacts({ root }), git: git() });
      const workspace = {
        owner: 'play',
        repository: { kind: 'path', path: repository.bare },
        host: 'host-a',
      } as const;
      const diff = await inspection.diff({ workspace, from, to, maxBytes: 10_000 });
      expect(diff.stat).toContain('work.txt');
      expect(diff.patch).toContain('+work');
      expect((await inspection.diff({ workspace, from, to, maxBytes: 30 })).truncated).toBe(true);
      repository.remove();
    });
  });
});
