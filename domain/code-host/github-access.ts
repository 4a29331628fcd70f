/** Which GitHub, and as whom. */

export interface GitHubAccess {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise server; without a slash at the end. */
  readonly apiUrl: string;
  /** `<webUrl>/<owner>/<name>.git` is cloned. */
  readonly webUrl: string;
  readonly auth: GitHubAuth;
}

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
