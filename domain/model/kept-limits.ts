/** How many clones and checkouts of projects that ended a host keeps for the next ones. */
export interface KeptLimits {
  /** In all; 0: none is kept. */
  readonly count: number;
  /** Of their tracked files together. */
  readonly bytes: number;
}

/** Four projects' worth. */
export const defaultKeptLimits: KeptLimits = { count: 8, bytes: 10 * 2 ** 30 };
