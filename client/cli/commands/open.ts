import { spawn } from 'node:child_process';
import { exitCodes } from '../exit.ts';
import { PhasewrightError } from '../../errors.ts';
import type { Registry } from '../registry.ts';

export function addOpen({ program, run }: Registry): void {
  program
    .command('open')
    .description("the project's page in Temporal's Web UI")
    .argument('<slug>', 'the project or task')
    .option('--ui <url>', 'the Web UI of a server of yours, e.g. http://localhost:8233')
    .option('--print', 'only print the address')
    .action(
      run(async (cli, slug: string, { ui, print = false }: { ui?: string; print?: boolean }) => {
        const { client, server } = await cli.session();
        const { workflowId } = await client.record(slug);
        const base = ui ?? server.uiUrl;
        if (base === null) {
          throw new PhasewrightError(
            'InvalidConfig',
            `${server.source === 'embedded' ? "No Web UI runs: start 'phasewright dev' without --headless" : `The Web UI of ${server.address} is not known here; name it with --ui URL`}. The workflow id is '${workflowId}', the namespace '${server.namespace}'.`,
          );
        }
        const url = `${base.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(server.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
        cli.print({ url }, () => `${url}\n`);
        if (!print && cli.interactive && cli.globals().json !== true) browse(url);
        return exitCodes.ok;
      }),
    );
}

/** Best effort: the address was printed. */
function browse(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
