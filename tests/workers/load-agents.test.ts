import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeAgents, loadAgents } from '../../workers/load-agents.ts';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'load-agents-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const load = (file?: string, environment: Record<string, string> = {}) =>
  loadAgents({ file, dataDir, environment });

describe('loading agents', () => {
  it('prefers the named file, then the one in the data folder, then what is on the PATH', async () => {
    expect((await load()).blueprints).toEqual({});
    await mkdir(join(dataDir, 'bin/claude.d'), { recursive: true });
    await writeFile(join(dataDir, 'bin/claude'), '#!/bin/sh\n', { mode: 0o755 });
    expect(
      Object.keys((await load(undefined, { PATH: `/nowhere:${join(dataDir, 'bin')}` })).blueprints),
    ).toEqual(['implementer', 'gatekeeper']);
    await writeFile(join(dataDir, 'agents.yaml'), 'tester: { engine: command, command: x }');
    expect(Object.keys((await load()).blueprints)).toEqual(['tester']);
    await writeFile(join(dataDir, 'other.yaml'), 'reviewer: { engine: command, command: x }');
    expect(await load(join(dataDir, 'other.yaml'))).toMatchObject({
      source: join(dataDir, 'other.yaml'),
      blueprints: { reviewer: {} },
    });
  });

  it('fails on a named file that is not there, and lists every problem of one that is', async () => {
    await expect(load(join(dataDir, 'none.yaml'))).rejects.toMatchObject({
      code: 'InvalidAgents',
      message: expect.stringContaining('none.yaml cannot be read'),
    });
    await writeFile(
      join(dataDir, 'agents.yaml'),
      'implementer: { engine: acp }\ngatekeeper: { engine: command }\n',
    );
    await expect(load()).rejects.toMatchObject({
      code: 'InvalidAgents',
      problems: [expect.stringContaining('agents.yaml:1:'), expect.stringContaining('agents.yaml:2:')],
    });
  });

  it('finds scripts beside the file, and their problems before an agent is needed', async () => {
    await writeFile(join(dataDir, 'agents.yaml'), 'implementer: { engine: script, script: edits/a.yaml }');
    await expect(load()).rejects.toMatchObject({
      code: 'InvalidAgents',
      message: expect.stringContaining(join(dataDir, 'edits/a.yaml')),
    });
    await mkdir(join(dataDir, 'edits'));
    await writeFile(join(dataDir, 'edits/a.yaml'), 'entries: [{ role: implementer, doo: [] }]');
    await expect(load()).rejects.toMatchObject({ message: expect.stringContaining("Unknown key 'doo'") });
    await writeFile(join(dataDir, 'edits/a.yaml'), 'entries: [{ role: implementer }]');
    expect((await load()).blueprints.implementer).toMatchObject({ scripts: [join(dataDir, 'edits/a.yaml')] });
  });

  it('says loudly that nothing confines them', async () => {
    expect(describeAgents(await load())).toEqual([
      "Agents: none (no agents.yaml, and no 'claude' on the PATH).",
    ]);
    await writeFile(
      join(dataDir, 'agents.yaml'),
      'tester: { engine: command, command: x, max_instances: 2, limits: { timeout: 5m } }',
    );
    const lines = describeAgents(await load());
    expect(lines[1]).toBe('  tester: command, 2 at once, at most 5m');
    expect(lines.at(-1)).toMatch(/^WARNING: agents run without a sandbox/);
  });
});
