/** Which Gitea or Forgejo, and as whom. */
export interface GiteaAccess {
  /** Of its pages, e.g. `https://git.example.com`; without a slash at the end. Repositories are cloned from below it. */
  readonly url: string;
  readonly token: string;
}
