/** The command `phasewright`: arguments → SDK → text. Returns the exit code and never ends the process itself. */
import { Command, CommanderError, Option, type OutputConfiguration } from 'commander';
import { fromCodedError, type PhasewrightError } from '../errors.ts';
import { manyLines } from './text/lines.ts';
import { type Cli, createCli, type Globals, type Io } from './cli.ts';
import { addDecisionCommands } from './commands/decide.ts';
import { addDemo } from './commands/demo.ts';
import { addDev } from './commands/dev.ts';
import { addDoctor } from './commands/doctor.ts';
import { addInit } from './commands/init.ts';
import { addList } from './commands/list.ts';
import { addLogs } from './commands/logs.ts';
import { addOpen } from './commands/open.ts';
import { addPullRequests } from './commands/pr.ts';
import { addReview } from './commands/review.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addSteering } from './commands/steer.ts';
import { addTask } from './commands/task.ts';
import { addUninstall } from './commands/uninstall.ts';
import { addValidate } from './commands/validate.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { addWorker } from './commands/worker.ts';
import { type ExitCode, exitCodeOf, exitCodes, failureOf, UsageError } from './exit.ts';
import type { Registry } from './registry.ts';

export async function runCli(argv: readonly string[], io: Io, version: string): Promise<ExitCode> {
  const program = new Command('phasewright');
  const cli = createCli(io, () => program.opts<Globals>());
  let exitCode: ExitCode = exitCodes.ok;
  const registry: Registry = {
    program,
    run:
      (action) =>
      async (...args) => {
        // Commander adds the command itself as the last argument.
        requireArguments(args.at(-1) as Command);
        exitCode = await action(cli, ...(args.slice(0, -1) as never));
      },
  };
  build(registry, io, version);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : usage(cli, error);
    return await report(cli, error);
  } finally {
    await cli.close();
  }
}

/** Commander takes an empty text, as of a variable that is not set, for an argument. */
function requireArguments({ registeredArguments, args }: Command): void {
  const empty = registeredArguments.find(
    (argument, index) => argument.required && args[index]?.trim() === '',
  );
  if (empty !== undefined) throw new UsageError(`<${empty.name()}> is empty.`);
}

function build(registry: Registry, io: Io, version: string): void {
  const { program } = registry;
  const output: OutputConfiguration = {
    writeOut: (text: string) => void io.stdout.write(text),
    writeErr: (text: string) => void io.stderr.write(text),
  };
  program
    .description('Carries a software project from plan to merged code with AI agents, durably, on Temporal.')
    .version(version, '-V, --version')
    .option('--json', 'print results and errors as JSON')
    .option('--address <host:port>', 'the Temporal server (default: our own, started by dev)')
    .option('--namespace <name>', 'the namespace on it')
    .addOption(new Option('--profile <name>', "a profile of Temporal's configuration file"))
    .option('--home <folder>', 'the data folder (default: $PHASEWRIGHT_HOME, else ~/.phasewright)')
    .configureOutput(output)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("('phasewright help' lists the commands)")
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 failed, 2 usage, 3 waiting for a person (status --exit-code, --until-waiting).',
    );
  for (const add of [
    addInit,
    addValidate,
    addDev,
    addDemo,
    addWorker,
    addWebhooks,
    addStart,
    addTask,
    addList,
    addStatus,
    addReview,
  ])
    add(registry);
  for (const add of [
    addDecisionCommands,
    addSteering,
    addLogs,
    addPullRequests,
    addOpen,
    addDoctor,
    addUninstall,
  ])
    add(registry);
  inherit(program, output);
}

/** Global options may stand before or after the command; errors of subcommands go the same way. */
function inherit(command: Command, output: OutputConfiguration): void {
  for (const child of command.commands) {
    child.exitOverride().configureOutput(output).showHelpAfterError("('--help' explains this command)");
    inherit(child, output);
  }
}

function usage(cli: Cli, error: CommanderError): ExitCode {
  if (cli.globals().json === true && error.code !== 'commander.help') {
    cli.io.stdout.write(
      `${JSON.stringify({ error: { code: 'Usage', message: error.message.replace(/^error: /, '') } }, null, 2)}\n`,
    );
  }
  return exitCodes.usage;
}

async function report(cli: Cli, thrown: unknown): Promise<ExitCode> {
  const error =
    thrown instanceof UsageError ? thrown : (fromCodedError(thrown) ?? (await translated(thrown)));
  const { code, message } = failureOf(error);
  if (cli.globals().json === true)
    cli.io.stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
  else cli.io.stderr.write(`${cli.style.red(`${code}:`)} ${manyLines(message)}\n`);
  return exitCodeOf(error);
}

async function translated(thrown: unknown): Promise<PhasewrightError> {
  const { asPhasewrightError } = await import('../error-translation.ts');
  return asPhasewrightError(thrown, { doing: 'do that' });
}
