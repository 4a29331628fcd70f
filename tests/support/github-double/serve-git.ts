/** Git's requests, with what goes wrong on purpose. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  answerFault,
  breakOff,
  loseBody,
  note,
  send,
  truncate,
  type Arrived,
  type Context,
} from './exchanges.ts';
import type { Fault } from './faults.ts';
import { rejection } from './git-report.ts';
import { gitRequest, refCommands, runGit } from './git-http.ts';
import { Refusal } from './refusal.ts';

export async function serveGit(context: Context, { request, response, url, body }: Arrived): Promise<void> {
  const { world, faults } = context;
  const place =
    url.pathname.endsWith('receive-pack') || url.search.includes('receive-pack') ? 'git push' : 'git fetch';
  const end = (status: number, login: string | null, fault: Fault | undefined): void =>
    note(context, request, {
      route: place,
      operation: null,
      status,
      login,
      fault: fault?.kind ?? null,
      problems: [],
    });
  try {
    const git = gitRequest(world, request, url);
    const { login } = git.credential;
    // What a fault is about is the push itself, not the advertisement and the trial before it.
    const commands = refCommands(body);
    const counts = place === 'git fetch' || commands.length > 0;
    const fault = counts ? faults.take(place, login) : undefined;
    if (fault?.kind === 'dropBefore') return breakOff(response, () => end(0, login, fault));
    if (fault?.kind === 'answer' && fault.applied !== true)
      return answerFault(response, fault, (status) => end(status, login, fault));
    if (fault?.kind === 'rejected') {
      end(200, login, fault);
      return send(
        response,
        rejection(
          commands.map(({ ref }) => ref),
          fault,
        ),
      );
    }
    if (fault?.kind === 'hang') await sleep(fault.ms, undefined, { ref: false });
    if (fault?.kind === 'meanwhile') fault.run();
    const reply = await runGit(world, git, request, url, body);
    if (fault?.kind === 'appliedThenLost') {
      end(0, login, fault);
      return loseBody(response, reply);
    }
    if (fault?.kind === 'appliedThenCut') return breakOff(response, () => end(0, login, fault));
    if (fault?.kind === 'answer') return answerFault(response, fault, (status) => end(status, login, fault));
    end(reply.status, login, fault);
    if (fault?.kind === 'truncated') return truncate(response, reply);
    send(response, reply);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    end(error.status, null, undefined);
    send(response, {
      status: error.status,
      headers: { 'content-type': 'text/plain', ...error.headers },
      body: `${error.message}\n`,
    });
  }
}
