/** The command where a server runs and no worker polls: in a namespace of its own, so that no other test's worker answers. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { Diagnostic } from '../../domain/model/diagnostic.ts';
import { searchAttributes } from '../../client/search-attributes.ts';
import { statusSchema } from '../../client/status.schema.ts';
import { waitForNamespace } from '../../temporal/namespace.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { eventually } from '../support/eventually.ts';
import { testAddress } from '../support/servers.ts';
import { type CliPlace, type CliRun, cli, newPlace } from './terminal.ts';

const namespace = `cli-${randomBytes(4).toString('hex')}`;
let place: CliPlace;
let connection: Connection;
const run = (...args: readonly string[]): Promise<CliRun> =>
  cli(place, ...args, '--address', testAddress(), '--namespace', namespace);

beforeAll(async () => {
  place = newPlace();
  connection = await Connection.connect({ address: testAddress() });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await waitForNamespace(connection, namespace);
  await ensureSearchAttributes(connection, namespace);
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: place.cwd });
  writeFileSync(
    join(place.cwd, 'project.yaml'),
    'name: Shop\nrepository: .\nphases:\n  - name: Data model\n    tasks: [Add the table]\n',
  );
  // The namespace reaches every part of the server a moment after it was registered.
  await eventually(
    'that the project starts',
    async () => (await run('start', 'project.yaml')).exitCode === 0,
  );
});
afterAll(async () => {
  await connection.close();
  rmSync(place.cwd, { recursive: true, force: true });
});

describe('without a worker', () => {
  it('start says that it begins when one polls, and that uncommitted files are not part of it', async () => {
    const again = await run('start', 'project.yaml');
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain("Project 'shop' runs already.");
    expect(again.stdout).toContain('No worker polls: it begins when one does');
    expect(again.stderr).toContain('1 uncommitted file');
  });

  it('status shows what the server knows', async () => {
    const text = await run('status', 'shop');
    expect([text.exitCode, text.stdout]).toEqual([
      0,
      expect.stringContaining('No worker answers; this is what the server knows.'),
    ]);
    const json = await run('status', 'shop', '--json');
    expect(statusSchema.parse(JSON.parse(json.stdout))).toMatchObject({
      source: 'server',
      slug: 'shop',
      condition: 'running',
      name: 'Shop',
    });
  });

  it.each([['approve'], ['pause'], ['retry'], ['review']])(
    '%s says so and ends with exit code 1',
    async (command) => {
      const said = await run(command, 'shop');
      expect([said.exitCode, said.stdout]).toEqual([1, '']);
      expect(said.stderr).toContain('NoWorker: ');
      if (command !== 'review') {
        expect(said.stderr).toContain("The server knows that 'shop' is running");
        expect(said.stderr).toContain(`phasewright ${command} shop … --queue`);
      }
    },
  );

  it('--queue leaves a word for later, where that is safe', async () => {
    expect(await run('pause', 'shop', '--queue')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Queued'),
    });
    expect(await run('approve', 'shop', '--queue')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('InvalidMessage: '),
    });
    expect(await run('approve', 'shop', '--queue', '--head', 'abcdef0123')).toMatchObject({ exitCode: 0 });
  });

  it('list and open need none', async () => {
    const listed = await run('list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { slug: 'shop', kind: 'project', condition: 'running', pending: [{ kind: 'workflow_task' }] },
    ]);
    expect((await run('list')).stdout).toContain('a worker: none polls');
    const opened = await run('open', 'shop', '--ui', 'http://localhost:8233/');
    expect(opened.stdout).toBe(`http://localhost:8233/namespaces/${namespace}/workflows/project.shop\n`);
    expect(await run('open', 'shop')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--ui') });
  });

  it('an unknown slug is answered with the one that was meant', async () => {
    expect(await run('status', 'shpo')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("There is no project or task 'shpo'. Did you mean 'shop'?"),
    });
  });

  it('another project under the slug is refused', async () => {
    writeFileSync(
      join(place.cwd, 'other.yaml'),
      'name: Other\nslug: shop\nrepository: .\nphases:\n  - name: A\n    tasks: [B]\n',
    );
    expect(await run('start', 'other.yaml')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        "SlugTaken: Project 'shop' runs already and is called 'Shop', not 'Other'",
      ),
    });
  });

  it('doctor finds the server, its search attributes, no worker, and the project that waits for one', async () => {
    const found = JSON.parse((await run('doctor', '--json')).stdout) as readonly Diagnostic[];
    expect(found.slice(-4).map(({ what, state }) => [what, state])).toEqual([
      ['Temporal server', 'ok'],
      ['Search attributes', 'ok'],
      ['Workers', 'warning'],
      ['Project shop', 'warning'],
    ]);
    expect(found.at(-1)?.detail).toMatch(
      /^No worker polls since \S+ \S+ UTC: taking the next step waits for one/,
    );
  });

  it('doctor and list name a project that failed and waits for a person, with the words', async () => {
    const waitingFor = 'a retry: GitFailed: The disk is read-only.';
    await new Client({ connection, namespace }).workflow.start('projectWorkflow', {
      workflowId: 'project.stuck',
      taskQueue: 'nobody',
      args: [{}],
      typedSearchAttributes: [
        { key: searchAttributes.status, value: 'failed' },
        { key: searchAttributes.waitingFor, value: waitingFor },
      ],
    });
    const told = await eventually('doctor to name it', async () =>
      (JSON.parse((await run('doctor', '--json')).stdout) as readonly Diagnostic[]).find(
        ({ what }) => what === 'Project stuck',
      ),
    );
    expect(told).toEqual({ what: 'Project stuck', state: 'warning', detail: `It waits for ${waitingFor}` });
    expect((await run('list')).stdout).toContain('a worker: none polls; a retry: GitFailed: ');
  });

  it('cancel is taken in and carried out later', async () => {
    expect(await run('cancel', 'shop')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('No worker polls: it is carried out when one does.'),
    });
  });
});
