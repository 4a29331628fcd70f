/** What a look at a code host's set-up is about, whichever host it is. */

export interface Named {
  readonly owner: string;
  readonly name: string;
}

export interface About {
  /** Where the webhook should lead; left out: any address that ends in `/github`. */
  readonly webhookUrl?: string | undefined;
  /** Left out: the default branch. */
  readonly base?: string | undefined;
  /** How the last pull request is merged; left out: a merge commit. */
  readonly mergeMethod?: 'merge' | 'squash' | undefined;
}
