/** Everything secret that this host has held, and texts without it. */

export interface Secrets {
  /** From now on this value, and what git and HTTP make of it, is taken out. */
  hide(value: string, shown: string): void;
  redact(text: string): string;
}

/** Of App tokens, which are made anew every hour. */
const rememberAtMost = 200;

/** `shapes`: what the host's credentials look like, whoever they belong to; shown as `name`. */
export function createSecrets(name: string, shapes: readonly RegExp[] = []): Secrets {
  const hidden = new Map<string, string>();
  return {
    hide(value, shown) {
      const forms = [value, basicCredential(value), ...value.split(/\r?\n|\\n/)];
      for (const form of forms) if (form.length >= 8 && !/^-----/.test(form)) hidden.set(form, `[${shown}]`);
      for (const oldest of hidden.keys()) {
        if (hidden.size <= rememberAtMost) break;
        hidden.delete(oldest);
      }
    },
    redact(text) {
      // Longest first: a secret that contains another one goes whole.
      const known = [...hidden].sort(([a], [b]) => b.length - a.length);
      const without = known.reduce((rest, [form, instead]) => rest.replaceAll(form, () => instead), text);
      return shapes.reduce((rest, shape) => rest.replaceAll(shape, `[${name}]`), without);
    },
  };
}

/** What git sends: any user name will do for a token. */
export const basicCredential = (token: string): string =>
  Buffer.from(`x-access-token:${token}`).toString('base64');
