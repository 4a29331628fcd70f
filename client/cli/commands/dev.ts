import { PhasewrightError } from '../../errors.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { keepServer } from '../keep-server.ts';
import { awaitStop } from '../signals.ts';
import { supervise } from '../supervisor.ts';
import { oneLine } from '../text/lines.ts';
import { agentsFile, type OwnFlags, withWorkerFlags, workerProgram } from '../worker-program.ts';

interface DevFlags extends OwnFlags {
  readonly durable?: boolean;
  readonly headless?: boolean;
}

export function addDev({ program, run }: Registry): void {
  withWorkerFlags(
    program
      .command('dev')
      .description('run everything here: Temporal server, its Web UI, and a worker; Ctrl-C stops them'),
  )
    .option('--durable', 'write each event to the disk itself: slower, safe at a power cut')
    .option('--headless', 'no Web UI')
    .action(run((cli, flags: DevFlags) => dev(cli, flags)));
}

async function dev(cli: Cli, { durable, headless = false, ...given }: DevFlags): Promise<number> {
  const { resolveServer } = await import('../../../temporal/connection.ts');
  const flags = { ...given, agents: agentsFile(cli, given) };
  const config = await cli.config({ ...flags, durable });
  const stop = awaitStop();
  try {
    const start = () => resolveServer(config, { log: (line) => cli.say(line), start: true, headless });
    const { embedded, address, uiUrl } = await start();
    if (embedded !== undefined && !embedded.owned) {
      throw new PhasewrightError(
        'NotWaiting',
        `Phasewright runs already in ${config.dataDir}: its server at ${address} belongs to another 'dev' or 'demo'. Use that one, or end it first.`,
      );
    }
    const { namespace, profile } = cli.globals();
    let polls = false;
    const worker = supervise(workerProgram(config, { ...flags, namespace, profile }), {
      onLine: (line) => cli.say(cli.style.dim(oneLine(line, 2_000))),
      onReady: (facts) => {
        if (polls) cli.say('The worker polls again.');
        else ready(cli, address, uiUrl, facts);
        polls = true;
      },
      say: (line) => cli.say(line),
    });
    const keeper =
      embedded === undefined
        ? undefined
        : keepServer({
            dataDir: config.dataDir,
            first: embedded,
            start,
            say: (line) => cli.say(line),
            onMoved: () => worker.restart(),
          });
    const how = await Promise.race([stop.asked, worker.ended]);
    cli.say(typeof how === 'string' ? `\n${how}: stopping the worker…` : 'Stopping.');
    const server = await keeper?.end();
    await worker.stop();
    await server?.stop();
    cli.say("Stopped. Everything is kept; 'phasewright dev' goes on from here.");
    return typeof how === 'string' ? exitCodes.ok : exitCodes.failed;
  } finally {
    stop.release();
  }
}

function ready(cli: Cli, address: string, uiUrl: string | null, facts: string): void {
  const text = [
    cli.style.green('Ready.'),
    `  Temporal  ${address}`,
    ...(uiUrl === null ? [] : [`  Web UI    ${uiUrl}`]),
    '  Start     phasewright start project.yaml',
    '  Stop      Ctrl-C',
  ];
  cli.print({ ready: true, address, uiUrl, worker: parse(facts) }, () => `${text.join('\n')}\n`);
}

function parse(facts: string): unknown {
  try {
    return JSON.parse(facts);
  } catch {
    return facts;
  }
}
