/** Which GitHub, and as whom. */

export type GitHubAuth =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'app';
      readonly appId: string;
      /** PEM. */
      readonly privateKey: string;
      /** Null: looked up for each repository. */
      readonly installationId: number | null;
    };

export interface GitHubOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise server. */
  readonly apiUrl: string;
  /** `<webUrl>/<owner>/<name>.git` is cloned. */
  readonly webUrl: string;
  readonly auth: GitHubAuth;
  /** Of one request; default 30 s. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}
