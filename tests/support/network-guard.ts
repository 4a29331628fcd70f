/**
 * Tests talk to this machine only: a connection to anywhere else is refused and fails the test that made it, even if the
 * code under test swallows the error. Covers what goes through Node's sockets, fetch included.
 */
import { Socket } from 'node:net';
import { afterEach } from '@jest/globals';

interface Guard {
  readonly refused: string[];
}

const key = Symbol.for('phasewright.network-guard');
const holder = Socket.prototype as unknown as { [key]?: Guard; connect(...args: unknown[]): Socket };

/** The hosts refused since the last call, which also clears them. */
export function takeRefusedHosts(): readonly string[] {
  return holder[key]?.refused.splice(0) ?? [];
}

/** Node's own modules are shared by all test files of a process, so that this happens once. */
function install(): void {
  if (holder[key] !== undefined) return;
  const guard: Guard = { refused: [] };
  holder[key] = guard;
  const original = holder.connect;
  holder.connect = function connect(this: Socket, ...args: unknown[]): Socket {
    const host = hostOf(args);
    if (isLoopback(host)) return original.apply(this, args);
    guard.refused.push(host);
    return this.destroy(new Error(`A test tried to connect to ${host}; tests use this machine only.`));
  };
}

/** `connect(options)`, `connect(port, host?)`, `connect(path)`, and the array that `net.connect` makes of them. */
function hostOf(args: readonly unknown[]): string {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    const options = first as { readonly host?: string | null; readonly path?: string | null };
    return typeof options.path === 'string' ? 'localhost' : (options.host ?? 'localhost');
  }
  const isPath = typeof first === 'string' && !/^\d+$/.test(first);
  return isPath || typeof second !== 'string' ? 'localhost' : second;
}

const isLoopback = (host: string): boolean =>
  host === '' || /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\..*|\[::1\])$/i.test(host);

install();
afterEach(() => {
  const refused = takeRefusedHosts();
  if (refused.length > 0)
    throw new Error(`This test used the network: ${refused.join(', ')}. Use a double on 127.0.0.1.`);
});
