/**
 * What a parent tells its running child: one after another, numbered, each awaited before the next. What comes up while
 * the child is being started is told once it has started, and of what only the last counts (paused or not, a hint) only the
 * last is told.
 */
import {
  CancellationScope,
  type ChildWorkflowHandle,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { MessageName } from '../../domain/messages/messages.ts';
import { parentToldSignal } from '../messages.ts';

type Name = MessageName | 'codeHostChanged';

/** `gone`: the child ended, or was ended, before it heard it. */
export type Delivery = 'delivered' | 'gone';

export interface Outbox {
  /** A child is there or about to start. */
  readonly isOpen: boolean;
  /** The first run of the child that has started; null: none has, or not yet. */
  readonly childRun: string | null;
  /** The child's input has just been made: what is posted from now on is not in it. */
  open(): void;
  started(child: Child): void;
  ended(): void;
  post(name: Name, payload: object): Promise<Delivery>;
}

type Child = Pick<ChildWorkflowHandle<Workflow>, 'signal' | 'firstExecutionRunId'>;

interface Letter {
  readonly name: Name;
  readonly payload: object;
  readonly settle: (delivery: Delivery) => void;
}

/** Of these only the last one counts. */
const subjects: Partial<Record<Name, string>> = {
  pause: 'paused or not',
  resume: 'paused or not',
  codeHostChanged: 'a hint',
};

export function createOutbox(): Outbox {
  let isOpen = false;
  let child: Child | null = null;
  let letters: readonly Letter[] = [];
  let sequence = 0;
  let sends = false;

  async function sendAll(): Promise<void> {
    for (let letter = letters[0]; child !== null && letter !== undefined; letter = letters[0]) {
      letters = letters.slice(1);
      sequence += 1;
      letter.settle(await send(child, letter, sequence));
    }
    sends = false;
  }

  function sendOn(): void {
    if (sends) return;
    sends = true;
    // Whoever posts may be in a scope that is cancelled right after.
    void CancellationScope.nonCancellable(sendAll);
  }

  return {
    get isOpen() {
      return isOpen;
    },
    get childRun() {
      return child?.firstExecutionRunId ?? null;
    },
    open() {
      isOpen = true;
    },
    started(handle) {
      child = handle;
      sendOn();
    },
    ended() {
      isOpen = false;
      child = null;
      for (const { settle } of letters) settle('gone');
      letters = [];
    },
    post(name, payload) {
      if (!isOpen) return Promise.resolve('gone');
      return new Promise((settle) => {
        const outdated = letters.filter((each) => isReplaced(each, name));
        letters = [...letters.filter((each) => !outdated.includes(each)), { name, payload, settle }];
        // What replaces them says all that they would have said.
        for (const each of outdated) each.settle('delivered');
        sendOn();
      });
    },
  };
}

const isReplaced = (earlier: Letter, by: Name): boolean =>
  subjects[by] !== undefined && subjects[earlier.name] === subjects[by];

async function send(to: Child, { name, payload }: Letter, sequence: number): Promise<Delivery> {
  try {
    await to.signal(parentToldSignal, { run: workflowInfo().runId, sequence, name, payload });
    return 'delivered';
  } catch {
    // It ended, or was ended, meanwhile: nothing to tell.
    return 'gone';
  }
}
