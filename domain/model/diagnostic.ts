/** What a look at a set-up found, in a sentence that says how to mend it. */

export interface Diagnostic {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly detail: string;
}

export const ok = (what: string, detail: string): Diagnostic => ({ what, state: 'ok', detail });
export const warning = (what: string, detail: string): Diagnostic => ({ what, state: 'warning', detail });
export const problem = (what: string, detail: string): Diagnostic => ({ what, state: 'problem', detail });
