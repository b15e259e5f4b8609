import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request } from 'node:http';
import { Agent as HttpsAgent, request as requestByTls } from 'node:https';
import { clientHttpConnectionsMax, frameBytesMax } from '../wire/limits.ts';
import type { ResolvedOptions } from './connect-options.ts';
import { nodeTlsOptions } from './tls-files.ts';

/** What is asked for. */
export interface HttpQuestion {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Percent-encoded, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

type HttpOptions = Pick<ResolvedOptions, 'host' | 'port' | 'noDelay' | 'tls'>;

/** Asks one broker over HTTP, by connections that are used again. */
export class HttpExchanges {
  readonly #place: { readonly host: string; readonly port: number };
  readonly #agent: HttpAgent;
  readonly #request: typeof request;

  private constructor(options: HttpOptions, agent: HttpAgent, ask: typeof request) {
    this.#place = { host: options.host, port: options.port };
    this.#agent = agent;
    this.#request = ask;
  }

  /** Reads the files that the options name; connects at the first question. */
  static async to(options: HttpOptions): Promise<HttpExchanges> {
    const { noDelay, tls } = options;
    const shared = { keepAlive: true, maxSockets: clientHttpConnectionsMax, noDelay };
    if (tls === null) return new HttpExchanges(options, new HttpAgent(shared), request);
    const agent = new HttpsAgent({ ...shared, ...(await nodeTlsOptions(tls)) });
    return new HttpExchanges(options, agent, requestByTls);
  }

  /** Rejects when there is no whole answer. `allocate` gives the memory for its body. */
  ask(
    { method, path, headers, body }: HttpQuestion,
    {
      signal,
      allocate = Buffer.allocUnsafe,
    }: {
      readonly signal?: AbortSignal;
      readonly allocate?: (bytes: number) => Buffer;
    } = {},
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const options = { ...this.#place, agent: this.#agent, method, path, headers, signal };
      const asked: ClientRequest = this.#request(options);
      asked.on('error', reject);
      asked.on('response', (response) => new BodyReader(response, allocate).read(resolve, reject));
      asked.end(body);
    });
  }

  /** Ends all connections; questions without an answer are rejected. */
  close(): void {
    this.#agent.destroy();
  }
}

/** Puts the body of an answer together. */
class BodyReader {
  readonly #response: IncomingMessage;
  readonly #allocate: (bytes: number) => Buffer;
  #body: Buffer;
  #length = 0;

  constructor(response: IncomingMessage, allocate: (bytes: number) => Buffer) {
    this.#response = response;
    this.#allocate = allocate;
    const announced = Number(response.headers['content-length'] ?? 0);
    this.#body = allocate(Math.min(announced, frameBytesMax));
  }

  read(resolve: (answer: HttpAnswer) => void, reject: (error: Error) => void): void {
    const response = this.#response;
    response.on('data', (chunk: Buffer) => this.#take(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const body = this.#body.subarray(0, this.#length);
      resolve({ status: response.statusCode as number, body });
    });
  }

  #take(chunk: Buffer): void {
    const length = this.#length + chunk.byteLength;
    if (length > frameBytesMax) {
      const message = `the answer has more than the ${frameBytesMax} bytes that are allowed`;
      this.#response.destroy(new Error(message));
      return;
    }
    if (length > this.#body.byteLength) this.#grow(2 * length);
    chunk.copy(this.#body, this.#length);
    this.#length = length;
  }

  /** For answers that do not say how long they are. */
  #grow(bytes: number): void {
    const body = this.#allocate(bytes);
    this.#body.copy(body, 0, 0, this.#length);
    this.#body = body;
  }
}
