import type { RequestBody } from '../body.ts';
import type { Callers } from '../callers.ts';
import type { CommandCall } from '../command-call.ts';
import { malformed, notFound, unavailable, wrongMethod } from '../errors.ts';
import type { GroupSessions } from '../group-sessions.ts';
import type { HealthProblem } from '../health.ts';
import type { Subscriptions } from '../live/subscriptions.ts';
import { type Match, Router } from '../router.ts';
import { Documentation } from './documentation.ts';
import type { AskedRequest, BodySpec, MetricsReader, Operation, Reply } from './operation.ts';
import { operations } from './operations.ts';
import { readBy, readJson } from './validation.ts';

/** What a request is served with once the broker has started. */
export interface Started {
  readonly call: CommandCall;
  readonly callers: Callers;
  readonly groupSessions: GroupSessions;
  readonly metrics: MetricsReader | undefined;
}

/** Serves requests by the operations of the API; whatever fails is an `ApiError`. */
export class Api {
  readonly #router = new Router<Operation>();
  readonly #documentation = new Documentation(operations);
  readonly #problems: () => readonly HealthProblem[];
  readonly #subscriptions: Subscriptions;

  /** `problems` says why the broker should be given no requests. */
  constructor(problems: () => readonly HealthProblem[], subscriptions: Subscriptions) {
    this.#problems = problems;
    this.#subscriptions = subscriptions;
    for (const operation of operations) {
      this.#router.add(operation.method, operation.path, operation);
    }
  }

  /** Without `started` only those operations are served that need nothing but the listener. */
  async serve(
    request: AskedRequest,
    body: RequestBody | undefined,
    started: Started | undefined,
  ): Promise<Reply> {
    const found = find(this.#router, request);
    if (started === undefined && !needsListener(found)) {
      throw unavailable(this.#problems()[0].reason);
    }
    const token = isOpen(found) ? undefined : await identify(request, started as Started);
    if (found === undefined) throw notFound(`There is nothing at ${request.path}.`);
    if (!isMatch(found)) throw wrongMethod([...found.keys()]);
    const input = await inputOf(found, request, body);
    const services = {
      callers: started?.callers as Callers,
      problems: this.#problems,
      documentation: this.#documentation,
      groupSessions: started?.groupSessions as GroupSessions,
      subscriptions: this.#subscriptions,
      metrics: started?.metrics,
    };
    return found.target.run({ call: started?.call as CommandCall, services, token }, input);
  }
}

type Found = ReturnType<Router<Operation>['find']>;

function isMatch(found: Found): found is Match<Operation> {
  return found !== undefined && 'target' in found;
}

/** What is served from the first moment on. */
function needsListener(found: Found): boolean {
  return isMatch(found) && found.target.requires === 'listener';
}

/** Whether a path is for everybody; unknown ones are not, so that nobody can look for paths. */
function isOpen(found: Found): boolean {
  if (found === undefined) return false;
  const targets = isMatch(found) ? [found.target] : [...found.values()];
  return targets.every(({ audience }) => audience === 'everybody');
}

function find(router: Router<Operation>, { method, path }: AskedRequest): Found {
  try {
    return router.find(method, path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw malformed(400, 'The path is not percent-encoded as it should be.');
  }
}

/** From here on the commands of the request are those of the user whose token it shows. */
async function identify(request: AskedRequest, { call, callers }: Started) {
  const { user, token } = await callers.identify(request.header('authorization'));
  call.session.user = user;
  return token;
}

async function inputOf(
  { target, values }: Match<Operation>,
  request: AskedRequest,
  body: RequestBody | undefined,
) {
  const { pathSchema, querySchema, headersSchema, bodies } = target;
  const path = pathSchema && readBy(pathSchema, values, 'the path');
  const texts = Object.fromEntries(new URLSearchParams(request.query));
  const query = querySchema && readBy(querySchema, texts, 'the query');
  const headers = headersSchema && readBy(headersSchema, headersOf(target, request), 'the headers');
  const spec = bodies.length === 0 ? undefined : specOf(bodies, request);
  const bytes = (await body?.read()) ?? Buffer.alloc(0);
  const contentType = spec?.contentType ?? '';
  const value = spec && bodyOf(spec, bytes);
  return { path, query, headers, body: value, contentType, bytes, request };
}

function headersOf({ headersSchema }: Operation, request: AskedRequest) {
  const names = Object.keys(headersSchema?.entries ?? {});
  return Object.fromEntries(names.map((name) => [name, request.header(name)]));
}

function specOf(bodies: readonly BodySpec[], request: AskedRequest): BodySpec {
  const [type] = (request.header('content-type') ?? '').toLowerCase().split(';');
  const spec = bodies.find(({ contentType }) => contentType === type.trim());
  if (spec !== undefined) return spec;
  const known = bodies.map(({ contentType }) => contentType).join(' or ');
  throw malformed(415, `The content type must be ${known}.`, 'content-type');
}

function bodyOf({ schema, isReadLater }: BodySpec, bytes: Buffer): unknown {
  return schema === undefined || isReadLater ? undefined : readJson(schema, bytes);
}
