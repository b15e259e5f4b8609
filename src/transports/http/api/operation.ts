import type * as v from 'valibot';
import type { CheckedToken } from '../../../security/access-tokens.ts';
import type { Callers } from '../callers.ts';
import type { CommandCall } from '../command-call.ts';
import type { GroupSessions } from '../group-sessions.ts';
import type { HealthProblem } from '../health.ts';
import type { Header, HostRequest, HostStream } from '../host/host.ts';
import type { SocketEvents } from '../host/host-socket.ts';
import type { Subscriptions } from '../live/subscriptions.ts';
import type { Documentation } from './documentation.ts';

/** A schema of whatever it reads and makes of it. */
export type AnySchema = v.GenericSchema<unknown, unknown>;
/** A schema of the values of a path or a query, by name. */
export type TextsSchema = v.ObjectSchema<v.ObjectEntries, undefined>;

/** Who may call an operation. */
export type Audience = 'everybody' | 'users';

/** What must have been started: the broker, or nothing but the listener. */
export type Requirement = 'broker' | 'listener';

/** What a body may be, by its content type: read by a schema, or taken as it is. */
export interface BodySpec {
  readonly contentType: string;
  readonly description: string;
  /** Absent for bodies that are no JSON. */
  readonly schema?: AnySchema;
  /** The handler reads the bytes, by the schema or in a quicker way. */
  readonly isReadLater?: boolean;
  /** The schema of each line, for bodies of lines. */
  readonly lineSchema?: AnySchema;
}

/** One way that an operation may answer. */
export interface AnswerSpec {
  readonly description: string;
  /** By content type; null for those that are no JSON. Absent without a body. */
  readonly content?: Readonly<Record<string, AnySchema | null>>;
}

/** What a handler answers. */
export interface Reply {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: readonly Header[];
  /** A text or bytes that leave as they are; absent for no body. */
  readonly body?: string | Uint8Array;
  /** Called when the body is not needed any more. */
  readonly onSent?: () => void;
  /** The body stays large when it is compressed, or is so small that it does not pay. */
  readonly isIncompressible?: boolean;
  /** Makes a body that comes part by part instead; resolves when its end has left. */
  readonly live?: LiveBody;
  /** Makes the connection a WebSocket instead, where the caller asks for that. */
  readonly socket?: LiveSocketBody;
}

/** A WebSocket for as long as it takes. */
export interface LiveSocketBody {
  /** Resolves when the WebSocket is closed. */
  follow(accept: (events: SocketEvents) => void): Promise<void>;
}

/** A body for as long as it takes. */
export interface LiveBody {
  /** A part that means nothing. */
  readonly filler: string;
  follow(stream: HostStream): Promise<void>;
}

/** A request as far as an operation may look at it. */
export type AskedRequest = Pick<HostRequest, 'method' | 'path' | 'query' | 'header'>;

/** What a handler is given. */
export interface Input<Path, Query, Body, Headers = unknown> {
  readonly path: Path;
  readonly query: Query;
  readonly headers: Headers;
  readonly body: Body;
  /** Content type of the body; empty without one. */
  readonly contentType: string;
  /** The bytes that arrived, for bodies that the handler reads. */
  readonly bytes: Buffer;
  readonly request: AskedRequest;
}

/** One operation of the API: how it is called, what it does, and what the documentation says. */
export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With names in braces, such as `/streams/{stream_id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly audience: Audience;
  readonly requires: Requirement;
  readonly pathSchema: TextsSchema | undefined;
  readonly querySchema: TextsSchema | undefined;
  /** Headers that mean something to this operation, by their names in lower case. */
  readonly headersSchema: TextsSchema | undefined;
  /** Content types that a body may have; empty where none is read. */
  readonly bodies: readonly BodySpec[];
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** Statuses of errors that callers should expect, besides those that all operations have. */
  readonly errors: readonly number[];
  run(context: ApiContext, input: Input<unknown, unknown, unknown>): Promise<Reply> | Reply;
}

/** What the handlers of one request work with. */
export interface ApiContext {
  readonly call: CommandCall;
  readonly services: ApiServices;
  /** The token that the caller showed; undefined for operations for everybody. */
  readonly token: CheckedToken | undefined;
}

/** Gives the metrics and their media type. */
export type MetricsReader = () => Promise<{ readonly text: string; readonly contentType: string }>;

/** What handlers need besides commands. */
export interface ApiServices {
  readonly callers: Callers;
  /** Why the broker should be given no requests; empty when it should. */
  readonly problems: () => readonly HealthProblem[];
  readonly documentation: Documentation;
  readonly groupSessions: GroupSessions;
  readonly subscriptions: Subscriptions;
  /** Undefined when metrics are not served. */
  readonly metrics: MetricsReader | undefined;
}

type In<Schema> = Schema extends v.GenericSchema<unknown, infer Output> ? Output : undefined;

interface Definition<
  Path extends TextsSchema | undefined,
  Query extends TextsSchema | undefined,
  Body extends AnySchema | undefined,
  Headers extends TextsSchema | undefined,
> {
  readonly id: string;
  readonly method: Operation['method'];
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Default: those who show a token. */
  readonly audience?: Audience;
  /** Default: the broker. */
  readonly requires?: Requirement;
  readonly pathSchema?: Path;
  readonly querySchema?: Query;
  readonly headersSchema?: Headers;
  /** The schema of a JSON body. */
  readonly body?: Body;
  /** Bodies of other kinds. */
  readonly bodies?: readonly BodySpec[];
  readonly answers: Operation['answers'];
  readonly errors?: readonly number[];
  readonly run: (
    context: ApiContext,
    input: Input<In<Path>, In<Query>, In<Body>, In<Headers>>,
  ) => Promise<Reply> | Reply;
}

/** An operation whose handler is given what its schemas make of a request. */
export function operation<
  Path extends TextsSchema | undefined = undefined,
  Query extends TextsSchema | undefined = undefined,
  Body extends AnySchema | undefined = undefined,
  Headers extends TextsSchema | undefined = undefined,
>(definition: Definition<Path, Query, Body, Headers>): Operation {
  const { audience = 'users', requires = 'broker', errors = [], ...described } = definition;
  const { pathSchema, querySchema, headersSchema, body, ...rest } = described;
  const json: BodySpec[] =
    body === undefined
      ? []
      : [{ contentType: 'application/json', description: 'JSON', schema: body }];
  const bodies = [...json, ...(definition.bodies ?? [])];
  const schemas = { pathSchema, querySchema, headersSchema };
  return { ...rest, ...schemas, audience, requires, bodies, errors } as Operation;
}

/** An answer with a JSON body of this schema. */
export function json(description: string, schema: AnySchema): AnswerSpec {
  return { description, content: { 'application/json': schema } };
}
