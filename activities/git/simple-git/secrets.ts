/** Takes out of git's words what it was given as a credential: it passes on what a server or a proxy says, and that may be what it was sent. */

/** Shorter values would hit ordinary text. */
const shortest = 8;

/** The header's value, and the password in it. */
function partsOf(authorization: string): readonly string[] {
  const sent = authorization.replace(/^\S+ /, '');
  const decoded = Buffer.from(sent, 'base64').toString('utf8');
  return [sent, decoded.slice(decoded.indexOf(':') + 1)];
}

export function hiding(authorization: string | undefined): (text: string) => string {
  const secrets = (authorization === undefined ? [] : partsOf(authorization)).filter(
    (secret) => secret.length >= shortest,
  );
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
