/** How long the functions of a source file are, in lines. */
import { parseSync } from '@swc/core';

export interface FunctionLength {
  /** Its name where it has one, else `line <n>`. */
  readonly name: string;
  readonly lines: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const kinds =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassMethod|PrivateMethod|MethodProperty|Constructor)$/;

export function functionLengths(source: string): readonly FunctionLength[] {
  // Spans count bytes from 1 and begin anew with each file.
  const bytes = Buffer.from(source);
  const lineAt = (position: number): number =>
    bytes
      .subarray(0, position - 1)
      .toString()
      .split('\n').length;
  const found: FunctionLength[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const {
      type = '',
      span,
      function: inner,
      identifier,
      key,
    } = node as {
      readonly type?: string;
      readonly span?: Span;
      readonly function?: { readonly span?: Span };
      readonly identifier?: { readonly value?: string };
      readonly key?: { readonly value?: string };
    };
    const whole = span ?? inner?.span;
    if (kinds.test(type) && whole !== undefined) {
      const first = lineAt(whole.start);
      const name = identifier?.value ?? key?.value ?? `line ${first}`;
      found.push({ name, lines: lineAt(whole.end) - first + 1 });
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(source, { syntax: 'typescript', target: 'es2022' }).body);
  return found;
}
