/** Keeps our embedded server running under `dev`: a dead one is started anew on its state, which is on the disk. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedServer } from '../../temporal/connection.ts';
import type { EmbeddedServer } from '../../temporal/embedded-server.ts';
import { readServerRecord } from '../../temporal/server-record.ts';

export interface ServerKeeperOptions {
  readonly dataDir: string;
  readonly first: EmbeddedServer;
  readonly start: () => Promise<StartedServer>;
  readonly say: (line: string) => void;
  /** The new one has another port: who is connected has to look again. */
  readonly onMoved: () => void;
  readonly everyMs?: number;
}

export interface ServerKeeper {
  /** Looks no more; the server to stop. */
  end(): Promise<EmbeddedServer>;
}

export function keepServer({
  dataDir,
  first,
  start,
  say,
  onMoved,
  everyMs = 1_000,
}: ServerKeeperOptions): ServerKeeper {
  const halt = new AbortController();
  let current = first;

  async function keep(): Promise<void> {
    for (;;) {
      await sleep(everyMs, undefined, { signal: halt.signal }).catch(() => undefined);
      if (halt.signal.aborted) return;
      if (readServerRecord(dataDir) !== undefined) continue;
      say('The Temporal server ended; starting it again. Nothing is lost.');
      try {
        const { embedded } = await start();
        if (embedded === undefined) return;
        const moved = embedded.address !== current.address;
        current = embedded;
        if (moved) onMoved();
      } catch (error) {
        say(`It could not be started: ${(error as Error).message} Trying again.`);
      }
    }
  }

  const ended = keep();
  return {
    async end() {
      halt.abort();
      await ended;
      return current;
    },
  };
}
