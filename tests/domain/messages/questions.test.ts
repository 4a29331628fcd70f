import { describe, expect, it } from '@jest/globals';
import { answerRefusal } from '../../../domain/messages/questions.ts';

const question = { task: 2, text: 'Blue or green?' };

describe('an answer', () => {
  it('is for the question that is open, or for the task that asked it', () => {
    expect(answerRefusal(question, {}, 'it works')).toBeNull();
    expect(answerRefusal(question, { task: 2 }, 'it works')).toBeNull();
  });

  it('to a task that asked nothing is refused, and says which one asks', () => {
    expect(answerRefusal(question, { task: 7 }, 'it works')).toEqual({
      code: 'NotWaiting',
      message: 'Task 7 has asked nothing; task 2 asks: Blue or green?',
    });
  });

  it('to no question says what happens instead', () => {
    expect(answerRefusal(null, {}, 'it works')).toMatchObject({
      message: 'No agent has asked anything: it works.',
    });
  });
});
