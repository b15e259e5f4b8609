import { type Session, sessionOfCaller } from '../../commands/session.ts';
import { BufferPool } from '../../wire/buffer-pool.ts';
import { httpBytesInFlightMax, httpRequestsMax, liveFrameBytesMax } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import type { TrustedNetworks } from '../proxy/trusted-networks.ts';
import type { TlsIdentity, TlsSettings } from '../tls-settings.ts';
import type { Api } from './api/api.ts';
import type { LiveBody, MetricsReader, Reply } from './api/operation.ts';
import { type BodySettings, RequestBody } from './body.ts';
import type { Callers } from './callers.ts';
import { CommandCall, type CommandServices } from './command-call.ts';
import { compressed } from './compression.ts';
import { Cors, type CorsSettings } from './cors.ts';
import { ApiError, malformed, refused, unavailable } from './errors.ts';
import { clientOf } from './forwarded.ts';
import type { GroupSessions } from './group-sessions.ts';
import type { HealthProblem, Phase } from './health.ts';
import { chooseHost, type HttpEngine } from './host/choose-host.ts';
import type { Header, HostRequest, HostResponse, HostStream, HttpHost } from './host/host.ts';
import type { HostUpgrade } from './host/host-socket.ts';
import { printJson } from './json.ts';
import { Subscriptions } from './live/subscriptions.ts';
import { UpgradeRequest } from './upgrade-request.ts';

/** How a listener for HTTP is set up. */
export interface HttpOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly engine: HttpEngine;
  /** Undefined for plain HTTP. */
  readonly tls: TlsSettings | undefined;
  readonly bodyBytesMax: number;
  readonly cors: CorsSettings;
  /** Who names clients by the PROXY protocol; undefined when nobody does. */
  readonly proxies: TrustedNetworks | undefined;
  /** Who names clients by `X-Forwarded-For`; undefined when nobody does. */
  readonly forwarders: TrustedNetworks | undefined;
  /** Why the broker should be given no requests, in a phase of its life. */
  readonly problems: (phase: Phase) => readonly HealthProblem[];
  readonly log: (message: string, fields: Record<string, unknown>) => void;
  /** Hears of errors that are no answer to a request: mistakes in this program. */
  readonly onBug: (error: Error) => void;
}

/** What requests are served with once the broker has started. */
export interface HttpServices {
  readonly commands: CommandServices;
  readonly callers: Callers;
  readonly groupSessions: GroupSessions;
  /** Metrics in the format of Prometheus; undefined when they are not to be served. */
  readonly metrics: MetricsReader | undefined;
}

const NO_STORE: Header = ['cache-control', 'no-store'];

/**
 * Listens for HTTP: takes requests from a host, serves them by the API, and answers. It listens
 * before the broker has started, so that health can be asked for from the first moment on.
 */
export class HttpListener {
  readonly #options: HttpOptions;
  readonly #cors: Cors;
  readonly #calls = new Set<CommandCall>();
  readonly #subscriptions = new Subscriptions();
  readonly #pool = new BufferPool();
  readonly #problems = () => this.#options.problems(this.#phase);
  readonly #bodySettings: BodySettings;
  #host!: HttpHost;
  #api: Promise<Api> | undefined;
  #services: HttpServices | undefined;
  #phase: Phase = 'recovering';
  #requestsCount = 0;
  #bytesInFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#cors = new Cors(options.cors);
    const budget = { add: (bytes: number) => (this.#bytesInFlight += bytes) };
    this.#bodySettings = { bytesMax: options.bodyBytesMax, budget, pool: this.#pool };
  }

  /** Resolves with the bound `ip:port`. */
  async listen(): Promise<string> {
    const { engine, ...options } = this.#options;
    const onRequest = (request: HostRequest) => this.#onRequest(request);
    const onUpgrade = (upgrade: HostUpgrade) => this.#onRequest(new UpgradeRequest(upgrade));
    const sockets = { messageBytesMax: liveFrameBytesMax, onUpgrade };
    this.#host = await chooseHost(engine, { ...options, onRequest, sockets });
    return this.#host.listen();
  }

  /** From now on everything is served. */
  serve(services: HttpServices): void {
    this.#services = services;
    this.#phase = 'serving';
  }

  /** Says from now on that the broker should be given no requests, and goes on serving them. */
  announceStop(): void {
    this.#phase = 'draining';
  }

  /** Connections from now on are shown this; those that are open stay as they are. */
  useTlsIdentity(identity: TlsIdentity): void {
    this.#host.useTlsIdentity(identity);
  }

  /** Requests that are being worked on. */
  get requestsCount(): number {
    return this.#requestsCount;
  }

  /** Stops accepting, lets every request finish, and then ends all connections. */
  async drain(): Promise<void> {
    this.#phase = 'draining';
    this.#host?.drain();
    for (const call of this.#calls) call.endWaiting();
    this.#subscriptions.endAll(unavailable('The broker stops; come back in a moment.'));
    if (this.#requestsCount > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#host?.destroy();
  }

  /** Ends what is left at once. */
  destroy(): void {
    this.#host?.destroy();
    this.#onIdle?.();
  }

  /** Nothing of a request may be looked at later than this: some hosts take it away. */
  #onRequest(request: HostRequest): void {
    const cors = this.#cors.headers(request);
    const preflight = this.#cors.preflight(request);
    if (preflight !== undefined) {
      return request.respond({ status: 200, headers: preflight, body: '' });
    }
    if (this.#requestsCount >= httpRequestsMax || this.#bytesInFlight > httpBytesInFlightMax) {
      const busy = replyOf(unavailable('The broker works on too many requests.'));
      return request.respond(responseOf(busy, cors));
    }
    const body = hasBody(request) ? new RequestBody(request, this.#bodySettings) : undefined;
    this.#requestsCount++;
    this.#serve(request, body, cors).catch((error: Error) => this.#options.onBug(error));
  }

  async #serve(
    request: HostRequest,
    body: RequestBody | undefined,
    cors: readonly Header[],
  ): Promise<void> {
    const client = clientOf(request, this.#options.forwarders);
    const session = sessionOfCaller(client, 'http', null);
    const reply = await this.#reply(request, body, session);
    body?.release();
    const plain = responseOf(reply, cors);
    if (request instanceof UpgradeRequest) return this.#answerUpgrade(request, plain, reply);
    if (reply.live !== undefined && request.method !== 'HEAD') {
      return this.#follow(request, plain, reply.live);
    }
    const response = reply.isIncompressible ? plain : await compressed(request, plain);
    const bytes = response.body.length;
    this.#bytesInFlight += bytes;
    request.respond(response, () => {
      reply.onSent?.();
      this.#onSent(bytes);
    });
  }

  /** What a client has not taken of a body counts as long as that is so. */
  async #follow(request: HostRequest, head: HostResponse, live: LiveBody): Promise<void> {
    const stream = request.stream({ ...head, filler: live.filler });
    let waitingBytes = 0;
    const note = (bytes: number) => {
      this.#bytesInFlight += bytes - waitingBytes;
      waitingBytes = bytes;
    };
    const write: HostStream['write'] = (part, onTaken) => {
      note(part.length);
      stream.write(part, () => {
        note(0);
        onTaken();
      });
    };
    try {
      await live.follow({ write, end: (part, onSent) => stream.end(part, onSent) });
    } catch (error) {
      stream.end('', () => {});
      throw error;
    } finally {
      this.#onSent(waitingBytes);
    }
  }

  /** What is no WebSocket is answered as if nobody had asked for one. */
  async #answerUpgrade(
    request: UpgradeRequest,
    plain: HostResponse,
    { live, socket }: Reply,
  ): Promise<void> {
    if (socket === undefined || request.isAborted) {
      const noSocket = () => replyOf(malformed(400, 'This path is not for WebSockets.'));
      const response = live === undefined ? plain : responseOf(noSocket(), []);
      return request.respond(response, () => this.#onSent(0));
    }
    try {
      await socket.follow((events) => request.accept(events));
    } finally {
      this.#onSent(0);
    }
  }

  async #reply(
    request: HostRequest,
    body: RequestBody | undefined,
    session: Session,
  ): Promise<Reply> {
    const services = this.#services;
    const call = services && new CommandCall(session, services.commands, this.#pool);
    if (call !== undefined) this.#calls.add(call);
    request.onAborted(() => {
      call?.end();
      body?.drop();
    });
    try {
      const api = await this.#loadApi();
      const started = services && call && { ...services, call };
      return await api.serve(request, body, started);
    } catch (error) {
      if (error instanceof ApiError) return replyOf(error);
      this.#options.onBug(error as Error);
      return replyOf(refused(status.Error));
    } finally {
      if (call !== undefined) this.#calls.delete(call);
    }
  }

  #onSent(bytes: number): void {
    this.#bytesInFlight -= bytes;
    this.#requestsCount--;
    if (this.#requestsCount === 0) this.#onIdle?.();
  }

  /** The API, its schemas with it, is loaded for the first request, and not at the start. */
  #loadApi(): Promise<Api> {
    this.#api ??= import('./api/api.ts').then(
      ({ Api }) => new Api(this.#problems, this.#subscriptions),
    );
    return this.#api;
  }
}

function hasBody(request: HostRequest): boolean {
  const length = request.header('content-length');
  const isChunked = request.header('transfer-encoding') !== undefined;
  return isChunked || (length !== undefined && length !== '0');
}

function replyOf({ httpStatus, body, headers }: ApiError): Reply {
  return { status: httpStatus, contentType: 'application/json', headers, body: printJson(body) };
}

function responseOf(
  { status: code, contentType, headers = [], body = '' }: Reply,
  cors: readonly Header[],
): HostResponse {
  const type: Header[] = contentType === undefined ? [] : [['content-type', contentType]];
  return { status: code, headers: [...type, NO_STORE, ...headers, ...cors], body };
}
