/** How long the work took by its own clock: what phase_timeout counts. Waiting for a worker is none of it. */
export type Timed<T> = T & { readonly elapsedMs: number };
