/** What a host's merge brought, compared with what was approved. */
import { expect, it } from '@jest/globals';
import { describeLanded } from '../../../activities/code-host/landed.ts';
import type { MergeRequest } from '../../../activities/code-host/port.ts';

const [head, base, moved, tree] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40)) as [
  string,
  string,
  string,
  string,
];

const request: MergeRequest = {
  repository: { kind: 'hosted', owner: 'acme', name: 'shop' },
  number: 7,
  workspace: { owner: 'play', repository: { kind: 'hosted', owner: 'acme', name: 'shop' }, host: 'host-a' },
  expectedHeadSha: head,
  expectedBaseSha: base,
  method: 'squash',
  metadata: {
    date: '2026-11-21T10:00:00Z',
    subject: 'Add a shop',
    body: 'With a till.',
    trailers: [['Phasewright-Project', 'play']],
  },
  fence: { epoch: 1, sha: null },
};
const ourText = 'Add a shop\n\nWith a till.\n\nPhasewright-Project: play';
const landedOn = (parents: readonly string[], message: string) =>
  describeLanded(request, {
    sha: 'e'.repeat(40),
    landed: { tree, parents, message },
    wanted: { tree },
  });

it('is content with our own merge onto the approved base', () => {
  expect(landedOn([base], ourText)).not.toHaveProperty('differs');
});

it.each([ourText, `${ourText}\n\nCo-authored-by: Robin <robin@example.org>\n`])(
  'says that our own merge has another base than the approved one: %j',
  (message) => {
    expect(landedOn([moved], message)).toMatchObject({
      kind: 'merged',
      differs: expect.stringContaining(`the parents ${moved} instead of ${base}`) as unknown,
    });
  },
);

it('leaves to a person how they merge, as long as the tree is the approved one', () => {
  expect(landedOn([moved], 'Shop (#7)')).not.toHaveProperty('differs');
});
