import { describe, expect, it } from '@jest/globals';
import type {
  AgentSlotActivities,
  HostActivities,
  SharedActivities,
} from '../../../workflows/activity-proxies.ts';
import { activityWords, wordsFor } from '../../../domain/views/pending.ts';

type ActivityName = keyof (SharedActivities & HostActivities & AgentSlotActivities);
/** The compiler compares the two: an activity without words, or words without an activity, is an error here. */
const words: Readonly<Record<ActivityName, string>> = activityWords;
const names: Readonly<Record<keyof typeof activityWords, ActivityName>> = Object.fromEntries(
  Object.keys(activityWords).map((name) => [name, name]),
) as { [Name in ActivityName]: Name };

describe('the words for pending work', () => {
  it('are there for each activity, in the form that every sentence has a place for', () => {
    for (const name of Object.values(names)) expect(words[name]).toMatch(/^[a-z]+ing\b/);
  });

  it('are the name itself for what this version does not know', () => {
    expect([wordsFor('runAgent'), wordsFor('toString')]).toEqual(['running the agent', 'toString']);
  });
});
