import { expect, it } from '@jest/globals';
import { answerOnTheWeb, commandFor, typedAnswer } from '../../../domain/views/how-to-answer.ts';

const page = { url: 'https://git.example.com/acme/shop/pulls/7' };
const command = commandFor.approve('shop', 1);

it('names the command that answers, where anybody may', () => {
  expect(typedAnswer([], command)).toBe('phasewright approve shop --phase 1');
  expect(answerOnTheWeb([], page)).toBe(`Or review ${page.url}`);
});

it('names no command that would be refused: of named people only a review counts', () => {
  expect(typedAnswer(['pia'], command)).toBeNull();
  expect(answerOnTheWeb(['pia'], page)).toBe(`Only pia may answer, by a review of ${page.url}`);
});
