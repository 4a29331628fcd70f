/** Names that people (and others) give to things: any of them may be a title, none of them may reach git, paths or a terminal as it is. */
import fc from 'fast-check';

export const hostileNames: readonly string[] = [
  '../../x',
  '-rf',
  '--upload-pack=touch /tmp/x',
  '🚀',
  '👩‍👩‍👧 family',
  'x'.repeat(300),
  'HEAD',
  'head',
  '@',
  '@{-1}',
  'refs/heads/main',
  'CON',
  'lock',
  'a.lock',
  '.git',
  'trailing.',
  '   spaced   ',
  '\u0000nul',
  'line\nbreak',
  '\u001b[31mred\u001b[0m',
  '\u202eevil',
  'zero\u200bwidth',
  'Caf\u00e9',
  'Cafe\u0301',
  '"; rm -rf / #',
  '$(reboot)',
  '日本語',
  'ß',
  'İstanbul',
  '\ud800 half',
  '__proto__',
  'constructor',
];

/** Such names, and any other text. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileNames),
  fc.string({ maxLength: 120 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.tuple(fc.constantFrom(...hostileNames), fc.string({ maxLength: 10 })).map(([name, more]) => name + more),
);
