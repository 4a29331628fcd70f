/**
 * Whether a body came from who knows the secret, compared in constant time. GitHub's way, which Gitea has as well:
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
import { verify } from '@octokit/webhooks-methods';

export const isSignature = (header: string | undefined): header is string =>
  header !== undefined && /^sha256=[0-9a-f]{64}$/.test(header);

/**
 * The body as text, if the signature fits its bytes; else undefined. The verification takes text, so only bytes that are
 * exactly that text in UTF-8 pass: nobody who means it sends anything else.
 */
export async function verifiedText(
  secret: string,
  body: Uint8Array,
  signature: string | undefined,
): Promise<string | undefined> {
  if (body.length === 0 || !isSignature(signature)) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
  return (await verify(secret, text, signature)) ? text : undefined;
}
