/** Everything secret that this host has held, and texts without it. */

export interface Secrets {
  /** From now on this value, and what git and HTTP make of it, is taken out. */
  hide(value: string, name: string): void;
  redact(text: string): string;
}

/** Of App tokens, which are made anew every hour. */
const rememberAtMost = 200;

/** What GitHub's tokens and an App's signatures look like, whoever they belong to. */
const shapes = [
  /\b(?:gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_[A-Za-z0-9_]{16,})/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
];

export function createSecrets(): Secrets {
  const hidden = new Map<string, string>();
  return {
    hide(value, name) {
      const forms = [value, basicCredential(value), ...value.split(/\r?\n|\\n/)];
      for (const form of forms) if (form.length >= 8 && !/^-----/.test(form)) hidden.set(form, `[${name}]`);
      for (const oldest of hidden.keys()) {
        if (hidden.size <= rememberAtMost) break;
        hidden.delete(oldest);
      }
    },
    redact(text) {
      // Longest first: a secret that contains another one goes whole.
      const known = [...hidden].sort(([a], [b]) => b.length - a.length);
      const without = known.reduce((rest, [form, instead]) => rest.replaceAll(form, () => instead), text);
      return shapes.reduce((rest, shape) => rest.replaceAll(shape, '[GITHUB_TOKEN]'), without);
    },
  };
}

/** What git sends: any user name will do for a token. */
export const basicCredential = (token: string): string =>
  Buffer.from(`x-access-token:${token}`).toString('base64');
