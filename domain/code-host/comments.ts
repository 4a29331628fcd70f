/** What people say in a pull request's conversation and on lines of its diff. */

export interface Comment {
  /** Counts up: a later comment has a higher one. */
  readonly id: number;
  readonly author: string;
  /** True: the author is a program (an App, a bot). */
  readonly bot: boolean;
  readonly body: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; later than `createdAt` when somebody, perhaps not the author, changed the text. */
  readonly updatedAt: string;
}

/** A comment on a line of the diff. Comments with the same `thread` answer each other. */
export interface ReviewComment {
  readonly id: number;
  /** Id of the comment that began the thread: its own, or the one it answers. */
  readonly thread: number;
  /** The review it came with; null: none. */
  readonly review: number | null;
  readonly author: string;
  readonly body: string;
  readonly path: string;
  /** Line of the new file (of the old one, on `LEFT`); null: of the whole file, or gone from the diff. */
  readonly line: number | null;
  readonly commit: string;
  /** True: the lines it was about are no longer in the diff. */
  readonly outdated: boolean;
}
