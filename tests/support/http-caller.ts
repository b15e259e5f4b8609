import assert from 'node:assert/strict';
import { parseJson } from '../../src/transports/http/json.ts';

/** One answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, with numbers as they are; undefined when it is none. */
  readonly json: unknown;
}

/** What is sent with a request. */
export interface HttpSent {
  /** Sent as JSON, unless it is a text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the token of the caller; null for none. */
  readonly token?: string | null;
  readonly signal?: AbortSignal;
  /** An answer that is good has no end: its first part is enough. */
  readonly isLive?: boolean;
}

/** Where a broker of a test listens for HTTP. */
interface Listening {
  readonly httpUrl: string | undefined;
}

/** Calls the API over HTTP as one user. */
export class HttpCaller {
  readonly url: string;
  token: string | undefined;

  constructor(broker: Listening, token?: string) {
    assert.ok(broker.httpUrl !== undefined, 'the broker does not listen for HTTP');
    this.url = broker.httpUrl;
    this.token = token;
  }

  /** A caller who has logged in; as root by default. */
  static async login(broker: Listening, username = 'iggy', password = 'iggy'): Promise<HttpCaller> {
    const caller = new HttpCaller(broker);
    const { json, text } = await caller.post('/users/login', { username, password });
    const { access_token: own } = json as { access_token?: { token: string } };
    assert.ok(own, text);
    caller.token = own.token;
    return caller;
  }

  async call(method: string, path: string, sent: HttpSent = {}): Promise<HttpAnswer> {
    const { token = this.token, headers, signal } = sent;
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal,
      body: bytesOf(sent.body),
      headers: {
        ...(sent.body !== undefined && { 'content-type': 'application/json' }),
        ...(token != null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    const text = sent.isLive && response.ok ? await firstPart(response) : await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  }

  get(path: string, sent?: HttpSent): Promise<HttpAnswer> {
    return this.call('GET', path, sent);
  }

  post(path: string, body: unknown, sent?: HttpSent): Promise<HttpAnswer> {
    return this.call('POST', path, { ...sent, body });
  }

  put(path: string, body: unknown): Promise<HttpAnswer> {
    return this.call('PUT', path, { body });
  }

  delete(path: string): Promise<HttpAnswer> {
    return this.call('DELETE', path);
  }
}

/** Creates the user `anna` as root, and logs in as her. */
export async function addCaller(
  broker: Listening,
  root: HttpCaller,
  permissions: object | null = null,
): Promise<HttpCaller> {
  const [username, password] = ['anna', 'secret'];
  await root.post('/users', { username, password, status: 'active', permissions });
  return HttpCaller.login(broker, username, password);
}

/** A topic as it is created, with what a test changes. */
export function topicBody(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    name: 'events',
    partitions_count: 2,
    compression_algorithm: 'none',
    message_expiry: 0,
    max_topic_size: 0,
    ...changes,
  };
}

/** A batch for partition 0 of messages with these payloads. */
export function batchBody(...payloads: readonly string[]) {
  const messages = payloads.map((payload) => ({ payload: base64(payload) }));
  return { partitioning: { kind: 'partition_id', value: 'AAAAAA==' }, messages };
}

/** A text in base64. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function firstPart({ body }: Response): Promise<string> {
  const reader = body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []).toString();
}

function bytesOf(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body;
  return JSON.stringify(body);
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
