import { expect, it } from '@jest/globals';
import { endSentence } from '../../../domain/text/sentence.ts';

it.each([
  ['no route to host', 'no route to host.'],
  ['no route to host.', 'no route to host.'],
  ['no route to host. \n', 'no route to host.'],
  ['waiting...', 'waiting.'],
  ['really?', 'really?'],
  ['cut off…', 'cut off…'],
])('%j ends a sentence once', (said, ended) => {
  expect(endSentence(said)).toBe(ended);
});
