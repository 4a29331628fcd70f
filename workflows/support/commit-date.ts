/** The date of a commit: the workflow's clock in whole seconds, so that a repeat makes the same SHA. */
export const commitDate = (): string => new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
