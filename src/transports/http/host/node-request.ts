import type { IncomingMessage, ServerResponse } from 'node:http';
import { httpStallTimeoutMs } from '../../../wire/limits.ts';
import type { BodySink, HostRequest, HostResponse } from './host.ts';

const NO_CONTENT = 204;

/** One request that `node:http` received. */
export class NodeRequest implements HostRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: string;
  isAborted = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;
  #onAborted: (() => void) | undefined;
  #onSent: (() => void) | undefined;

  /** `isLast` says whether the connection is to end with the response. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    peer: string,
    isLast: () => boolean,
  ) {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.peer = peer;
    this.#request = request;
    this.#response = response;
    this.#isLast = isLast;
    response.on('close', () => this.onClose());
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  onAborted(listener: () => void): void {
    this.#onAborted = listener;
  }

  receive(sink: BodySink): void {
    this.#request.on('data', (chunk: Uint8Array) => sink.onChunk(chunk));
    this.#request.on('end', () => sink.onEnd());
    // Who goes in the middle of a body is heard of by `onAborted`.
    this.#request.on('error', () => {});
  }

  respond({ status, headers, body }: HostResponse, onSent?: () => void): void {
    this.#onSent = onSent;
    if (this.isAborted) return this.#sent();
    const response = this.#response;
    for (const [name, value] of headers) response.appendHeader(name, value);
    if (this.#isLast()) response.setHeader('connection', 'close');
    const isEmpty = status === NO_CONTENT;
    if (!isEmpty) response.setHeader('content-length', Buffer.byteLength(body));
    response.writeHead(status);
    // A client that takes nothing for so long is given up; until the next request it is idle.
    this.#request.socket.setTimeout(httpStallTimeoutMs);
    response.end(isEmpty || this.method === 'HEAD' ? undefined : body);
    // What was not read of the body is dropped, so that the connection can be used again.
    this.#request.resume();
  }

  protected onClose(): void {
    if (!this.#response.writableFinished) {
      this.isAborted = true;
      this.#onAborted?.();
    }
    this.#sent();
  }

  #sent(): void {
    this.#onSent?.();
    this.#onSent = undefined;
  }
}
