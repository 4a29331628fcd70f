/** How repositories were a moment ago, for answers that lag behind. */
import type { Repository } from './state.ts';

export interface History {
  /** To be called before anything changes. */
  remember(repository: Repository): void;
  /** The repository as it was `ms` ago. */
  asOf(repository: Repository, ms: number): Repository;
}

export function createHistory(keepMs = 60_000): History {
  let moments: { readonly until: number; readonly repository: Repository }[] = [];
  return {
    remember(repository) {
      const now = Date.now();
      moments = moments.filter(({ until }) => until > now - keepMs);
      moments.push({ until: now, repository: structuredClone(repository) });
    },
    asOf(repository, ms) {
      const then = Date.now() - ms;
      const moment = moments.find((past) => past.repository.id === repository.id && past.until > then);
      return moment === undefined ? repository : structuredClone(moment.repository);
    },
  };
}
