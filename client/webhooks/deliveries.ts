/** Deliveries that were heard, by their GUID: a repeat changes nothing. In memory only: after a restart a repeat is a hint again. */
export type Hearing = 'first' | 'repeat';

export interface Deliveries {
  /**
   * Does the work unless a delivery of this id was heard or is being heard; then it ends as that one does. One that failed
   * is forgotten, so that it counts when it comes again. Without an id each counts.
   */
  once(id: string | undefined, work: () => Promise<void>): Promise<Hearing>;
}

export function createDeliveries({ remembered = 10_000 } = {}): Deliveries {
  const heard = new Map<string, Promise<void>>();
  return {
    async once(id, work) {
      if (id === undefined) {
        await work();
        return 'first';
      }
      const known = heard.get(id);
      if (known !== undefined) {
        await known;
        return 'repeat';
      }
      const hearing = work();
      heard.set(id, hearing);
      const [oldest] = heard.keys();
      if (heard.size > remembered && oldest !== undefined) heard.delete(oldest);
      try {
        await hearing;
        return 'first';
      } catch (error) {
        if (heard.get(id) === hearing) heard.delete(id);
        throw error;
      }
    },
  };
}
