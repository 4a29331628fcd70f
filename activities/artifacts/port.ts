/** Prompts, results and logs of every attempt, kept as files: `<owner>/<phase>/<task>/<attempt>/<name>`. Ids are such paths. */
export interface Artifacts {
  /** Replaces what was there; returns the id. */
  write(id: string, text: string): Promise<string>;
  /** Replaces nothing: the same text again is the same artifact, another one gets the next free id (`prompt.2.md`), which is returned. */
  add(id: string, text: string): Promise<string>;
  /** This id, or the next free one if it is taken. */
  unused(id: string): Promise<string>;
  /** Undefined if there is none. */
  read(
    id: string,
    maxBytes: number,
  ): Promise<{ readonly text: string; readonly truncated: boolean } | undefined>;
  list(prefix: string): Promise<readonly string[]>;
  /** Names of the folders right below; none if there is no such folder. */
  folders(prefix: string): Promise<readonly string[]>;
  /** Absolute path for programs that write straight into it; parent folders exist afterwards. */
  path(id: string): Promise<string>;
  remove(prefix: string): Promise<void>;
}
