/** What lies on this machine itself is never reached through a proxy, whatever the variables for the way outside say. */
import { isIP } from 'node:net';
import type { ConnectionOptions } from '@temporalio/client';

/** `address` is `host` or `host:port`, as Temporal takes it. */
export function isLoopback(address: string): boolean {
  const host =
    /^\[(.*)\]/.exec(address)?.[1] ?? (isIP(address) === 6 ? address : address.replace(/:\d+$/, ''));
  return (
    /^(?:.+\.)?localhost\.?$/i.test(host) || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1'
  );
}

/**
 * For Node's gRPC, which takes the proxy of `grpc_proxy`, `https_proxy` and `http_proxy`, with no exception for the loopback.
 * A worker's native connection reads none of them.
 */
export function withoutProxy<T extends Pick<ConnectionOptions, 'address' | 'channelArgs'>>(options: T): T {
  if (!isLoopback(options.address ?? 'localhost')) return options;
  return { ...options, channelArgs: { ...options.channelArgs, 'grpc.enable_http_proxy': 0 } };
}
