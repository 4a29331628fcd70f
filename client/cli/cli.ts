/** What every command works with: the terminal, the global options, and a client that is opened when it is needed. */
import type { PhasewrightClient } from '../phasewright-client.ts';
import type { Config, Environment, Flags } from '../../config/load.ts';
import type { Session } from './session.ts';
import { coloured, type Style } from './text/lines.ts';

export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly cwd: string;
  readonly env: Environment;
}

export interface Globals {
  readonly json?: boolean;
  readonly address?: string;
  readonly namespace?: string;
  readonly home?: string;
  readonly profile?: string;
  readonly agents?: string;
}

export interface Cli {
  readonly io: Io;
  readonly globals: () => Globals;
  readonly style: Style;
  /** Whether people sit at both ends. */
  readonly interactive: boolean;
  /** The result: JSON with --json, else text. */
  print(value: unknown, text: () => string): void;
  /** Something on the way, for people: on standard error, so that a result stays readable by machines. */
  say(line: string): void;
  config(flags?: Flags): Promise<Config>;
  session(): Promise<Session>;
  client(): Promise<PhasewrightClient>;
  close(): Promise<void>;
}

export function createCli(io: Io, globals: () => Globals): Cli {
  const colour = io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '' && io.env['TERM'] !== 'dumb';
  let opened: Promise<Session> | undefined;
  const cli: Cli = {
    io,
    globals,
    style: coloured(colour),
    interactive: io.stdin.isTTY === true && io.stdout.isTTY === true,
    print(value, text) {
      io.stdout.write(globals().json === true ? `${JSON.stringify(value, null, 2)}\n` : text());
    },
    say(line) {
      if (globals().json !== true) io.stderr.write(`${line}\n`);
    },
    async config(flags = {}) {
      const { loadConfig } = await import('../../config/load.ts');
      const { home, address, namespace, profile } = globals();
      const config = loadConfig({
        env: io.env,
        flags: { dataDir: home, address, namespace, profile, ...flags },
      });
      for (const warning of config.warnings) cli.say(warning);
      return config;
    },
    session() {
      opened ??= open(cli);
      return opened;
    },
    client: async () => (await cli.session()).client,
    async close() {
      const session = await opened?.catch(() => undefined);
      await session?.client.close();
      await session?.client.temporal.connection.close();
    },
  };
  return cli;
}

async function open(cli: Cli): Promise<Session> {
  const [config, { openSession }] = await Promise.all([cli.config(), import('./session.ts')]);
  return openSession(config, {
    log: (line) => cli.say(cli.style.dim(line)),
    tell: (sentence) => cli.say(sentence),
  });
}
