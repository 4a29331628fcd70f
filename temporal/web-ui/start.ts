/** Starts the guard of the Web UI, and finds the address behind it. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { cleanEnvironment, type Environment } from '../../activities/support/environment.ts';
import { programPath } from '../package-root.ts';
import { anyFreePort } from '../ports.ts';
import { identityOf, type ProcessIdentity } from '../server-record.ts';
import type { Address } from './guard.ts';

/**
 * Where the Web UI itself listens: on an address of the loopback that no page can guess (of 2^22, with a port), because it
 * would answer anybody. A system that has 127.0.0.1 alone, as macOS, leaves the port to be guessed (docs/operations.md).
 */
export async function hiddenAddress(): Promise<Address> {
  const host = `127.${randomInt(64, 128)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
  const port = await anyFreePort(host).catch(() => undefined);
  return port === undefined ? { host: '127.0.0.1', port: await anyFreePort() } : { host, port };
}

/** In a session of its own, without a secret of ours. Returns once it listens; throws with its words if it doesn't. */
export async function startGuard(options: {
  readonly server: ProcessIdentity;
  readonly target: Address;
  readonly port: number;
  readonly environment: Environment;
}): Promise<ProcessIdentity> {
  const { server, target, port, environment } = options;
  const flags = {
    'server-pid': server.pid,
    'server-started': server.startedAt,
    'target-host': target.host,
    'target-port': target.port,
    port,
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(process.execPath, [programPath('temporal/web-ui/main'), ...args], {
    detached: true,
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('close', () => reject(new Error(`The guard of the Web UI ended at once: ${said.trim()}`)));
  });
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  return identityOf(child.pid ?? 0);
}
