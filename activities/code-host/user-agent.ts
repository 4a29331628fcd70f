/** As whom requests introduce themselves to a code host. */
import { readFileSync } from 'node:fs';

export const userAgent = (): string => `phasewright/${version()}`;

/** Of the package, whose root lies above this file: in the sources and in what is built from them. */
function version(): string {
  for (const up of ['../..', '../../..']) {
    try {
      const text = readFileSync(new URL(`${up}/package.json`, import.meta.url), 'utf8');
      const found = JSON.parse(text) as { readonly name?: string; readonly version?: string };
      if (found.name === 'phasewright' && found.version !== undefined) return found.version;
    } catch {
      // No such file there: it lies one folder further up.
    }
  }
  return '0';
}
