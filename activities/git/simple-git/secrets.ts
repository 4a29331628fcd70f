/** Takes out of git's words what it was given as a credential: it passes on what a server or a proxy says, and that may be what it was sent. */
import type { Environment } from '../../support/environment.ts';

/** Shorter values would hit ordinary text. */
const shortest = 8;
const secretName = /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|^GIT_CONFIG_VALUE_/;

/** Of what an operator wrote around a secret: no word of a language. */
const looksRandom = (word: string): boolean =>
  word.length >= shortest && (/\d/.test(word) || word.length >= 16);

const passwordIn = (basic: string): string => {
  const decoded = Buffer.from(basic, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
};

/** A whole value, the words of it that look secret, and the password in a header. */
function partsOf(value: string): readonly string[] {
  const headers = [...value.matchAll(/\bBasic\s+([A-Za-z0-9+/=]+)/gi)].map(([, basic = '']) => basic);
  return [
    value,
    ...value.split(/[\s"'=;:,]+/).filter(looksRandom),
    ...headers.flatMap((basic) => [basic, passwordIn(basic)]),
  ];
}

/** `env`: what git was given; `passes`: names in it that an operator passed on for credentials. */
export function hiding(env: Environment, passes: readonly string[] = []): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name]) => secretName.test(name) || passes.includes(name))
    .flatMap(([, value = '']) => partsOf(value))
    .filter((secret) => secret.length >= shortest)
    .sort((a, b) => b.length - a.length);
  return (text) =>
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
      .replaceAll(/\b(Basic|Bearer)\s+(\S+)/gi, (whole, scheme: string, word: string) =>
        looksRandom(word) ? `${scheme} ***` : whole,
      );
}
