/** What the headers of a delivery say: who speaks, of what, and the signature. Only the body is signed, so they decide nothing but how it is read. */
import type { WebhookSender } from '../../domain/code-host/webhook-events.ts';

export interface Envelope {
  readonly sender: WebhookSender;
  readonly event: string;
  readonly id: string | undefined;
  /** As GitHub writes it: `sha256=` and 64 hexadecimal digits, if it is one. */
  readonly signature: string | undefined;
}

/**
 * Gitea sends GitHub's headers beside its own, and Forgejo sends both beside its own: what is their own tells them apart. Old ones
 * sign only under their own name, without `sha256=`.
 */
export function readEnvelope(header: (name: string) => string | undefined): Envelope {
  const own = (['forgejo', 'gitea'] as const).find((name) => header(`x-${name}-event`) !== undefined);
  const signature = header('x-hub-signature-256');
  const id = header('x-github-delivery');
  if (own === undefined) return { sender: 'github', event: header('x-github-event') ?? '', id, signature };
  const bare = header(`x-${own}-signature`);
  return {
    sender: 'gitea',
    event: header(`x-${own}-event`) ?? '',
    id: header(`x-${own}-delivery`) ?? id,
    signature: signature ?? (bare === undefined ? undefined : `sha256=${bare}`),
  };
}
