/** How repositories were earlier, for answers that lag behind. */
import type { Repository } from './state.ts';

export interface History {
  /** To be called before anything changes. */
  remember(repository: Repository): void;
  /** Now: counted in changes, so that no clock decides what came before what. */
  moment(): number;
  /** The repository as it was at that moment. */
  asOf(repository: Repository, moment: number): Repository;
}

export function createHistory(): History {
  const past: Repository[] = [];
  return {
    remember: (repository) => void past.push(structuredClone(repository)),
    moment: () => past.length,
    asOf(repository, moment) {
      const then = past.slice(moment).find(({ id }) => id === repository.id);
      return then === undefined ? repository : structuredClone(then);
    },
  };
}
