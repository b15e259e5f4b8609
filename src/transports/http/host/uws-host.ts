import { STATUS_CODES } from 'node:http';
import { httpCopiedBytesMax } from '../../../wire/limits.ts';
import { printAddress } from '../../addresses.ts';
import type {
  BodySink,
  Header,
  HostOptions,
  HostRequest,
  HostResponse,
  HostStream,
  HttpHost,
  StreamHead,
} from './host.ts';
import type { ListenSocket, Uws, UwsApp, UwsRequestHead, UwsResponse } from './uws-api.ts';

const NO_CONTENT = 204;

/**
 * One request that uWebSockets.js received. Its own request object is of no use once the handler
 * has returned, and its response object throws once the client has gone.
 */
class UwsRequest implements HostRequest {
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
    return new UwsStream(this, this.#response, head);
  }

  /** What is written now went its way, or never will. */
  onSent(listener: () => void): void {
    this.#onSent = listener;
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

/**
 * A response of uWebSockets.js in chunks. The library keeps what the socket does not take, says
 * when the socket takes more, and sends what it kept with the next chunk only: hence the filler.
 */
class UwsStream implements HostStream {
  readonly #request: UwsRequest;
  readonly #response: UwsResponse;
  readonly #filler: string;
  #onTaken: (() => void) | undefined;

  constructor(request: UwsRequest, response: UwsResponse, head: StreamHead) {
    this.#request = request;
    this.#response = response;
    this.#filler = head.filler;
    request.onSent(() => this.#taken());
    if (request.isAborted) return;
    response.onWritable(() => this.#goOn());
    response.cork(() => writeHead(response, head.status, head.headers));
  }

  write(part: string, onTaken: () => void): void {
    this.#onTaken = onTaken;
    if (this.#request.isAborted) return this.#taken();
    let isTaken = false;
    this.#response.cork(() => {
      isTaken = this.#response.write(part);
    });
    if (isTaken) this.#taken();
  }

  /** The end is sent without a filler: the library then forgets who wants to write. */
  end(part: string, onSent: () => void): void {
    this.#onTaken = undefined;
    if (!this.#request.isAborted) this.#response.cork(() => this.#response.end(part));
    onSent();
  }

  #goOn(): boolean {
    if (this.#onTaken === undefined) return true;
    const isTaken = this.#response.write(this.#filler);
    if (isTaken) this.#taken();
    return isTaken;
  }

  #taken(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }
}

function writeHead(response: UwsResponse, status: number, headers: readonly Header[]): void {
  response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`);
  for (const [name, value] of headers) response.writeHeader(name, value);
}

/**
 * Speaks HTTP by uWebSockets.js, which lives in the event loop of this thread. Without TLS: it
 * takes certificates as files only, and cannot exchange them while it listens.
 */
export class UwsHost implements HttpHost {
  readonly name = 'uWebSockets.js';
  readonly #options: HostOptions;
  readonly #uws: Uws;
  readonly #app: UwsApp;
  readonly #isLast = () => this.#isDraining;
  #socket: ListenSocket | undefined;
  #isDraining = false;
  #isDestroyed = false;

  constructor(options: HostOptions, uws: Uws) {
    this.#options = options;
    this.#uws = uws;
    this.#app = uws.App().any('/*', (response, request) => {
      options.onRequest(new UwsRequest(request, response, this.#isLast));
    });
  }

  listen(): Promise<string> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#app.listen(host, port, (socket) => {
        if (socket === false) return reject(cannotListen(host, port));
        this.#socket = socket;
        resolve(printAddress(host, this.#uws.us_socket_local_port(socket)));
      });
    });
  }

  useTlsIdentity(): void {
    throw new Error('This host speaks no TLS.');
  }

  /** Idle connections stay open until `destroy`; nothing tells which are. */
  drain(): void {
    this.#isDraining = true;
    if (this.#socket !== undefined) this.#uws.us_listen_socket_close(this.#socket);
    this.#socket = undefined;
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.drain();
    this.#app.close();
  }
}

/** In the form of the errors of Node.js: the library does not say why. */
function cannotListen(host: string, port: number): Error {
  const address = printAddress(host, port);
  const error = new Error(`listen EADDRINUSE: address already in use ${address}`);
  return Object.assign(error, { code: 'EADDRINUSE', syscall: 'listen', address: host, port });
}

function textOf(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('latin1');
}
