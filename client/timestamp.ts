/** A moment as Temporal's answers hold it. Pure. */
export interface Timestamp {
  /** A number, or a `Long`. */
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}

/** Epoch milliseconds; 0: none is given. */
export const epochMs = (time: Timestamp | null | undefined): number =>
  Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1e6);
