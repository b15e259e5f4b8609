import { httpCopiedBytesMax } from '../../../wire/limits.ts';
import { printAddress } from '../../addresses.ts';
import type { BodySink, HostRequest, HostResponse, HostStream, StreamHead } from './host.ts';
import type { UwsRequestHead, UwsResponse } from './uws-api.ts';
import { UwsStream, writeHead } from './uws-stream.ts';

const NO_CONTENT = 204;

/**
 * One request that uWebSockets.js received. Its own request object is of no use once the handler
 * has returned, and its response object throws once the client has gone.
 */
export class UwsRequest implements HostRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: string;
  isAborted = false;
  readonly #headers = new Map<string, string>();
  readonly #response: UwsResponse;
  readonly #isLast: () => boolean;
  #onAborted: (() => void) | undefined;
  #onSent: (() => void) | undefined;

  /** `isLast` says whether the connection is to end with the response. */
  constructor(request: UwsRequestHead, response: UwsResponse, isLast: () => boolean) {
    this.method = request.getCaseSensitiveMethod();
    this.path = request.getUrl();
    this.query = request.getQuery();
    this.peer = printAddress(textOf(response.getRemoteAddressAsText()), 0);
    request.forEach((name, value) => {
      const others = this.#headers.get(name);
      this.#headers.set(name, others === undefined ? value : `${others}, ${value}`);
    });
    this.#response = response;
    this.#isLast = isLast;
    response.onAborted(() => this.#abort());
  }

  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  onAborted(listener: () => void): void {
    this.#onAborted = listener;
  }

  receive(sink: BodySink): void {
    this.#response.onData((chunk, isLast) => {
      sink.onChunk(new Uint8Array(chunk));
      if (isLast) sink.onEnd();
    });
  }

  respond(response: HostResponse, onSent?: () => void): void {
    this.#onSent = onSent;
    if (this.isAborted) this.#sent();
    else this.#response.cork(() => this.#write(response));
  }

  stream(head: StreamHead): HostStream {
    const stream = new UwsStream(this, this.#response, head);
    this.#onSent = () => stream.drop();
    return stream;
  }

  #write({ status, headers, body }: HostResponse): void {
    const response = this.#response;
    writeHead(response, status, headers);
    const isLast = this.#isLast();
    if (status === NO_CONTENT) this.#endEmpty(isLast);
    else if (this.method === 'HEAD') response.endWithoutBody(Buffer.byteLength(body), isLast);
    else if (body.length > httpCopiedBytesMax) return this.#writeLarge(body, isLast);
    else response.end(body, isLast);
    this.#sent();
  }

  /** Without arguments: with any, even `undefined`, a length is sent, which 204 must not have. */
  #endEmpty(isLast: boolean): void {
    if (isLast) this.#response.writeHeader('connection', 'close');
    this.#response.endWithoutBody();
  }

  /** What the socket does not take at once stays here, and not in a copy. */
  #writeLarge(body: string | Uint8Array, isLast: boolean): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const total = bytes.byteLength;
    if (isLast) this.#response.writeHeader('connection', 'close');
    this.#response.onWritable((offset) => {
      const [isTaken, isDone] = this.#response.tryEnd(bytes.subarray(offset), total);
      if (isDone) this.#sent();
      return isTaken;
    });
    const [, isDone] = this.#response.tryEnd(bytes, total);
    if (isDone) this.#sent();
  }

  #abort(): void {
    this.isAborted = true;
    this.#onAborted?.();
    this.#sent();
  }

  #sent(): void {
    this.#onSent?.();
    this.#onSent = undefined;
  }
}

function textOf(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('latin1');
}
