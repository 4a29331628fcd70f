/** Requests to the REST API: let in, checked, answered, and broken where a fault says so. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { authenticate, authenticateApp, authorize } from './access.ts';
import { observe } from './actions/observe.ts';
import {
  answerFault,
  breakOff,
  json,
  note,
  send,
  truncate,
  type Arrived,
  type Context,
} from './exchanges.ts';
import type { Fault } from './faults.ts';
import { forbidden, notFound, Refusal } from './refusal.ts';
import type { Answer, Request } from './route.ts';
import type { Match } from './routes/index.ts';
import type { Credential } from './state.ts';
import { repositoryOf, timestamp, type World } from './world.ts';

interface RestRequest extends Arrived {
  readonly match: Match;
}

export async function serveRest(context: Context, rest: RestRequest): Promise<void> {
  const { world, faults, validator } = context;
  const { request, response, url, match } = rest;
  const { operation, route } = match;
  const credential = route.on === 'app' ? null : whoAsks(world, request);
  const login = credential?.login ?? null;
  const fault = faults.take(operation, login);
  const seen = {
    route: operation,
    operation: validator.operationId(operation),
    login,
    fault: fault?.kind ?? null,
  };
  const sent = parse(rest.body);
  const end = (status: number, problems: readonly string[] = []): void =>
    note(context, request, { ...seen, status, problems, sent });

  if (fault?.kind === 'dropBefore') return breakOff(response, () => end(0));
  if (fault?.kind === 'answer' && fault.applied !== true) return answerFault(response, fault, end);
  if (fault?.kind === 'hang') await sleep(fault.ms, undefined, { ref: false });
  if (fault?.kind === 'meanwhile') fault.run();

  const asked = { operation, query: url.searchParams, body: sent };
  const problems = sent === unreadable ? ['request: no JSON'] : [...validator.request(asked)];
  const answer = decide(context, rest, { credential, sent, fault, problems });
  problems.push(...validator.response(operation, answer.status, answer.body));

  if (fault?.kind === 'appliedThenLost' || fault?.kind === 'appliedThenCut')
    return breakOff(response, () => end(0, problems));
  if (fault?.kind === 'answer') return answerFault(response, fault, (status) => end(status, problems));
  const body = JSON.stringify(answer.body);
  const etag = etagOf(body, request);
  const broken = fault?.kind === 'wrongBody' || fault?.kind === 'truncated';
  const whole = request.method === 'GET' && answer.status === 200 && !broken;
  const unchanged = whole && request.headers['if-none-match'] === etag;
  end(unchanged ? 304 : answer.status, problems);
  const headers = { ...restHeaders(world, credential, unchanged), ...answer.headers };
  // GitHub's 304 has no `link`.
  if (unchanged) return send(response, { status: 304, headers: { ...headers, etag }, body: '' });
  const reply = json(answer.status, answer.body, { ...headers, ...linkHeader(world, url, answer) });
  if (fault?.kind === 'wrongBody') {
    const wrong = json(answer.status, fault.body, reply.headers);
    return send(response, typeof fault.body === 'string' ? { ...wrong, body: fault.body } : wrong);
  }
  if (fault?.kind === 'truncated') return truncate(response, reply);
  send(response, { ...reply, headers: { ...reply.headers, etag } });
}

/** Of the body alone, not of `link`; another one for another token, as GitHub's. */
function etagOf(body: string, { headers }: IncomingMessage): string {
  const hash = createHash('sha256').update(`${headers.authorization ?? ''}\n${body}`);
  return `W/"${hash.digest('hex')}"`;
}

/** Null when nobody may be let in; the refusal comes when the request is answered. */
function whoAsks(world: World, request: IncomingMessage): Credential | null {
  try {
    return authenticate(world, request.headers.authorization);
  } catch {
    return null;
  }
}

type Decided = Answer & { readonly headers?: Readonly<Record<string, string>> };

interface Question {
  readonly credential: Credential | null;
  readonly sent: unknown;
  readonly fault: Fault | undefined;
  readonly problems: readonly string[];
}

function decide(context: Context, rest: RestRequest, question: Question): Decided {
  try {
    return decideOrRefuse(context, rest, question);
  } catch (error) {
    if (error instanceof Refusal)
      return { status: error.status, body: error.body, headers: leadingOn(context.world, rest.url, error) };
    throw error;
  }
}

/** To the same below the repository's number. */
function leadingOn({ url }: World, asked: URL, { headers }: Refusal): Readonly<Record<string, string>> {
  const { location } = headers;
  // A whole address is where it leads.
  if (location === undefined || !location.startsWith('/')) return headers;
  const below = asked.pathname.replace(/^.*?\/repos\/[^/]+\/[^/]+/, '');
  return { ...headers, location: `${url}${location}${below}${asked.search}` };
}

function decideOrRefuse({ world }: Context, rest: RestRequest, question: Question): Decided {
  const { request, url, match } = rest;
  const { route, params } = match;
  const { sent, problems, fault } = question;
  const { authorization } = request.headers;
  refuseHeaders(request);
  const app = route.on === 'app' ? authenticateApp(world, authorization) : undefined;
  const credential =
    question.credential ?? (app === undefined ? authenticate(world, authorization) : undefined);
  if (sent === unreadable) throw new Refusal(400, 'Problems parsing JSON');
  const wrong = problems.filter((problem) => problem.startsWith('request'));
  const call: Request = { world, params, query: url.searchParams, body: (sent ?? {}) as Request['body'] };
  if (route.on === 'app') {
    if (app === undefined) throw notFound();
    return route.handle({ ...call, app });
  }
  if (credential === undefined) throw notFound();
  if (route.on === 'account') return route.handle({ ...call, credential });
  const repository = repositoryOf(world, `${params['owner']}/${params['repo']}`);
  authorize(world, repository, credential, route);
  if (wrong.length > 0) throw new Refusal(422, `Invalid request.\n\n${wrong.join('\n')}`);
  observe(world, repository);
  const shown = fault?.kind === 'staleReads' ? world.history.asOf(repository, fault.moment) : repository;
  if (request.method !== 'GET') world.history.remember(repository);
  return route.handle({ ...call, repository: shown, login: credential.login, credential });
}

const apiVersion = '2022-11-28';

function refuseHeaders({ headers }: IncomingMessage): void {
  const version = headers['x-github-api-version'] ?? apiVersion;
  if (version !== apiVersion) throw new Refusal(400, `Version ${String(version)} is not a supported version`);
  if (headers['user-agent'] === undefined)
    throw forbidden(
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
    );
}

const unreadable = Symbol('unreadable');

function parse(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return unreadable;
  }
}

/** What is unchanged is not counted. */
function restHeaders(
  world: World,
  credential: Credential | null,
  unchanged: boolean,
): Record<string, string> {
  if (credential !== null && !unchanged) credential.requests += 1;
  const used = credential?.requests ?? 0;
  const expires = credential?.expiresAt ?? null;
  return {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': apiVersion,
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(Math.max(0, 5000 - used)),
    'x-ratelimit-used': String(used),
    'x-ratelimit-resource': 'core',
    'x-ratelimit-reset': String(Math.floor(world.now().getTime() / 1000) + 3600),
    ...(credential?.kind === 'classic' ? { 'x-oauth-scopes': credential.scopes.join(', ') } : {}),
    ...(expires === null || credential?.kind === 'installation'
      ? {}
      : {
          'github-authentication-token-expiration': timestamp(expires).replace('T', ' ').replace('Z', ' UTC'),
        }),
  };
}

function linkHeader(world: World, url: URL, { pages }: Answer): Record<string, string> {
  if (pages === undefined || pages.last === 1) return {};
  const { page, last } = pages;
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set('page', String(to));
    return `<${world.url}${url.pathname}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  return { link: links.join(', ') };
}
