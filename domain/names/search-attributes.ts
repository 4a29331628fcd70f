/**
 * What projects are found by in Temporal. Names and types never change: an unregistered or retyped attribute hangs the
 * first workflow task that sets it. Plain data, so that workflows, setup and the container files share one list.
 */
export type SearchAttributeType = 'KEYWORD' | 'INT';

export const searchAttributes = {
  /** The slug. */
  PhasewrightProject: 'KEYWORD',
  /** As the project file gave it. */
  PhasewrightRepository: 'KEYWORD',
  /** The condition: running, waiting, paused, failed, cancelled or done. */
  PhasewrightStatus: 'KEYWORD',
  /** What a person is asked for; empty when nobody is. */
  PhasewrightWaitingFor: 'KEYWORD',
  /** The phase's number, from 1. */
  PhasewrightPhase: 'INT',
} as const satisfies Readonly<Record<string, SearchAttributeType>>;

export type SearchAttributeName = keyof typeof searchAttributes;

export const searchAttributeNames = Object.keys(searchAttributes) as readonly SearchAttributeName[];

/** Closed workflows stay readable this long; the stock development server keeps them for one day. */
export const RETENTION_DAYS = 90;

/** The command that registers what is missing, for people to copy. */
export function registerCommand(
  missing: readonly SearchAttributeName[],
  server: { readonly address: string; readonly namespace: string },
): string {
  const flags = missing.map((name) => {
    const type = searchAttributes[name] === 'INT' ? 'Int' : 'Keyword';
    return `--name ${name} --type ${type}`;
  });
  return `temporal operator search-attribute create --address ${server.address} --namespace ${server.namespace} ${flags.join(' ')}`;
}
