/** What GitHub says no with. Texts as in its documentation and in reports of its users. */

export class Refusal extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.body = {
      message,
      ...more,
      documentation_url: 'https://docs.github.com/rest',
      status: String(status),
    };
    this.headers = headers;
  }
}

export const badCredentials = (): Refusal => new Refusal(401, 'Bad credentials');
export const requiresAuthentication = (): Refusal => new Refusal(401, 'Requires authentication');
export const notFound = (): Refusal => new Refusal(404, 'Not Found');
/** What is asked for follows, below the address. */
export const movedTo = ({ id }: { readonly id: number }): Refusal =>
  new Refusal(301, 'Moved Permanently', {}, { location: `/repositories/${id}` });
export const forbidden = (message: string, headers?: Readonly<Record<string, string>>): Refusal =>
  new Refusal(403, message, {}, headers);

/** 422 with GitHub's list of errors. */
export function invalid(...errors: readonly ValidationError[]): Refusal {
  return new Refusal(422, 'Validation Failed', { errors });
}

interface ValidationError {
  readonly resource: string;
  readonly code: 'invalid' | 'custom' | 'missing_field' | 'missing' | 'already_exists';
  readonly field?: string;
  readonly message?: string;
}

/** 422 as reviews have it: errors are texts. */
export const unprocessable = (...errors: readonly string[]): Refusal =>
  new Refusal(422, 'Unprocessable Entity', { errors });
