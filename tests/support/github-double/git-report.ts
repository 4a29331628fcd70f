/** The answer of a remote that takes no ref of a push, in git's own protocol: what it says, and a reason for each ref. */
import type { Reply } from './exchanges.ts';

export function rejection(
  refs: readonly string[],
  { reason, says = [] }: { readonly reason: string; readonly says?: readonly string[] },
): Reply {
  const report = [packet('unpack ok\n'), ...refs.map((ref) => packet(`ng ${ref} ${reason}\n`)), '0000'];
  return {
    status: 200,
    headers: { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache' },
    body: [...says.map((line) => packet(`\u0002${line}\n`)), packet(`\u0001${report.join('')}`), '0000'].join(
      '',
    ),
  };
}

const packet = (text: string): string =>
  `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
