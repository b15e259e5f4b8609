import { setTimeout as sleep } from 'node:timers/promises';
import { BufferPool } from '../wire/buffer-pool.ts';
import type { Codec } from '../wire/classic/codec.ts';
import { loginUser } from '../wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../wire/classic/commands/login-with-personal-access-token.ts';
import { logoutUser } from '../wire/classic/commands/logout-user.ts';
import { type Offer, ping } from '../wire/classic/commands/ping.ts';
import { encodeRequest } from '../wire/classic/frame.ts';
import type { Identity } from '../wire/classic/structures/identity.ts';
import { Reader } from '../wire/reader.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import { Writer } from '../wire/writer.ts';
import { backoffMs } from './backoff.ts';
import { Call } from './call.ts';
import type { Credentials, ResolvedOptions, TokenCredentials } from './connect-options.ts';
import type { Connection, ConnectionEvents, OpenConnection } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import { refusal, translated, VeltroError } from './errors.ts';
import { PollWaits } from './poll-waits.ts';
import { isRepeatable } from './repeatable.ts';
import type { RequestOptions } from './types.ts';

/** Answers to a login that another attempt would not change. */
const finalLoginCodes: ReadonlySet<number> = new Set([
  status.InvalidCredentials,
  status.InvalidUsername,
  status.InvalidPassword,
  status.UserInactive,
  status.ResourceNotFound,
  status.PersonalAccessTokenExpired,
]);

/**
 * One identity at one broker across any number of connections. Calls keep their order: those that
 * were lost and may be repeated go first after a reconnection, then those that were waiting.
 */
export class Session {
  readonly #options: ResolvedOptions;
  readonly #openConnection: OpenConnection;
  readonly #frames = new BufferPool();
  readonly #stopping = new AbortController();
  readonly #deadlines = new Deadlines((call) => this.#onExpired(call));
  readonly #events: ConnectionEvents;
  #connection: Connection | null = null;
  /** Whether the connection is logged in as far as it should be, and calls may go out. */
  #isReady = false;
  #credentials: Credentials | TokenCredentials | null;
  /** Calls to send again, oldest first. */
  #lost: Call[] = [];
  /** Calls that were never sent, oldest first. */
  #waiting: Call[] = [];
  #failure: VeltroError | null = null;
  #greeting: { connection: Connection | null; answer: Promise<Offer | undefined> } | undefined;
  #closing: Promise<void> | null = null;
  /** The polls of this session that wait at the broker. */
  readonly pollWaits: PollWaits;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: ResolvedOptions, openConnection: OpenConnection) {
    this.#options = options;
    this.#openConnection = openConnection;
    this.#credentials = options.credentials;
    // An answer that is waited for must not look like one that is overdue.
    this.pollWaits = new PollWaits(() => this.offer(), Math.floor(options.requestTimeoutMs / 3));
    this.#events = {
      onAnswer: (connection, call, code, payload) =>
        this.#onAnswer(connection, call, code, payload),
      onLost: (connection, calls, error) => this.#onLost(connection, calls, error),
    };
  }

  /** Whether calls still have a chance, be it after a reconnection. */
  get isOpen(): boolean {
    return this.#failure === null;
  }

  /** Whether requests go out at once. */
  get isConnected(): boolean {
    return this.#isReady && this.#connection !== null;
  }

  /** The first connection: one attempt. */
  async open(signal?: AbortSignal): Promise<void> {
    try {
      await this.#establish(signal);
      const { heartbeatIntervalMs } = this.#options;
      this.#heartbeat = setInterval(() => this.#beat(), heartbeatIntervalMs);
      // Timers of browsers are numbers: there is no process that could wait for them.
      this.#heartbeat.unref?.();
    } catch (error) {
      this.#fail(asVeltroError(error));
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Sends a request and waits for its answer. */
  async request<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
    { signal }: RequestOptions = {},
  ): Promise<Response> {
    signal?.throwIfAborted();
    if (this.#failure !== null) throw this.#failure;
    this.#assertRoom();
    const call = this.#newCall(codec, request);
    const payload = await this.#outcome(call, signal);
    // The broker has read a request that it answered with success, so no socket needs it any more.
    this.#frames.release(call.frame);
    return translated(status.InvalidBytesResponse, () => codec.readResponse(new Reader(payload)));
  }

  /** What the broker of the present connection offers beyond the protocol, if anything. */
  offer(): Promise<Offer | undefined> {
    if (this.#greeting === undefined || this.#greeting.connection !== this.#connection) {
      const answer = this.request(ping, { knowsExtensions: true });
      this.#greeting = { connection: this.#connection, answer };
    }
    return this.#greeting.answer;
  }

  /** Logs in and keeps the credentials for later connections. */
  async login(
    credentials: Credentials | TokenCredentials,
    options?: RequestOptions,
  ): Promise<Identity> {
    const identity = await ('token' in credentials
      ? this.request(loginWithPersonalAccessToken, credentials, options)
      : this.request(loginUser, loginRequest(credentials), options));
    this.#credentials = credentials;
    return identity;
  }

  /** Logs out; later connections stay without an identity. */
  async logout(options?: RequestOptions): Promise<void> {
    await this.request(logoutUser, undefined, options);
    this.#credentials = null;
  }

  /** Waits for the answers that are due, then closes. May be called any number of times. */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#heartbeat);
    const shutdown = new VeltroError(status.ClientShutdown, 'The client is closed.');
    const failure = this.#failure ?? shutdown;
    this.#failure = failure;
    const calls = this.#deadlines.calls();
    if (this.#connection === null) for (const call of calls) call.reject(failure);
    await Promise.allSettled(calls.map((call) => call.answer));
    this.#deadlines.stop();
    this.#connection?.close();
    this.#connection = null;
  }

  #assertRoom(): void {
    const { requestsMax } = this.#options;
    if (this.#deadlines.size >= requestsMax) {
      throw new VeltroError(
        status.BackgroundSendBufferFull,
        `${requestsMax} requests wait for their answers, the limit of requestsMax.`,
      );
    }
  }

  #newCall<Request>(codec: Codec<Request, unknown>, request: Request): Call {
    const writer = new Writer(undefined, (length) => this.#frames.allocate(length));
    const frame = translated(status.InvalidFormat, () => encodeRequest(codec, request, writer));
    const deadlineMs = performance.now() + this.#options.requestTimeoutMs;
    const call = new Call(codec.name, frame, isRepeatable(codec, request), deadlineMs);
    this.#deadlines.add(call);
    return call;
  }

  #outcome(call: Call, signal: AbortSignal | undefined): Promise<Buffer> {
    if (this.isConnected) this.#connection?.send(call);
    else this.#waiting.push(call);
    if (signal === undefined) return call.answer;
    const onAbort = () => call.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return call.answer.finally(() => signal.removeEventListener('abort', onAbort));
  }

  /** A ping that fails has said all it can say: its connection is lost, or the client is busy. */
  #beat(): void {
    if (this.isConnected) this.request(ping, undefined).catch(() => {});
  }

  async #establish(signal?: AbortSignal): Promise<void> {
    const { connectTimeoutMs, host, port } = this.#options;
    const signals = [AbortSignal.timeout(connectTimeoutMs), this.#stopping.signal];
    if (signal !== undefined) signals.push(signal);
    let connection: Connection;
    try {
      connection = await this.#openConnection(this.#events, AbortSignal.any(signals));
    } catch (cause) {
      const message = `No connection to ${host}:${port}: ${reasonOf(cause)}.`;
      throw new VeltroError(status.CannotEstablishConnection, message, { cause });
    }
    await this.#loginOn(connection, signal);
    if (this.#stopping.signal.aborted) connection.close();
    if (connection.isLost) throw new VeltroError(status.ConnectionClosed);
    this.#connection = connection;
    this.#sendHeldCalls();
  }

  /** Closes the connection when the login fails. */
  async #loginOn(connection: Connection, signal?: AbortSignal): Promise<void> {
    if (this.#credentials === null) return;
    const call = this.#loginCall(this.#credentials);
    const onAbort = () => call.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      signal?.throwIfAborted();
      connection.send(call);
      await call.answer;
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #loginCall(credentials: Credentials | TokenCredentials): Call {
    return 'token' in credentials
      ? this.#newCall(loginWithPersonalAccessToken, credentials)
      : this.#newCall(loginUser, loginRequest(credentials));
  }

  #sendHeldCalls(): void {
    this.#isReady = true;
    const calls = [...this.#lost, ...this.#waiting].filter((call) => !call.isSettled);
    this.#lost = [];
    this.#waiting = [];
    for (const call of calls) this.#connection?.send(call);
  }

  #onAnswer(connection: Connection, call: Call, code: number, payload: Buffer): void {
    if (code === STATUS_OK) {
      call.resolve(payload);
    } else if (code === status.Unauthenticated && this.#canRenewLogin(connection, call)) {
      this.#renewLogin(connection, call);
    } else {
      call.reject(refusal(call.command, code));
    }
  }

  #canRenewLogin(connection: Connection, call: Call): boolean {
    const isCurrent = connection === this.#connection;
    return isCurrent && this.#credentials !== null && !call.isLoginRenewed && !call.isSettled;
  }

  /** The broker forgot who this is and did nothing, so the call goes again after a login. */
  #renewLogin(connection: Connection, call: Call): void {
    call.isLoginRenewed = true;
    this.#lost.push(call);
    if (!this.#isReady) return;
    this.#isReady = false;
    this.#loginOn(connection).then(
      () => this.#sendHeldCalls(),
      (error: unknown) => this.#onLost(connection, [], asVeltroError(error)),
    );
  }

  #onLost(connection: Connection, calls: readonly Call[], error: VeltroError): void {
    const isRetrying = this.#options.reconnect.enabled && this.#closing === null;
    for (const call of calls) {
      if (isRetrying && call.isRepeatable) this.#lost.push(call);
      else call.reject(error);
    }
    if (connection !== this.#connection) return;
    this.#connection = null;
    this.#isReady = false;
    if (isRetrying) void this.#reconnect();
    else this.#fail(error);
  }

  async #reconnect(): Promise<void> {
    const { reconnect } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await sleep(backoffMs(attempt, reconnect), undefined, { signal: this.#stopping.signal });
        await this.#establish();
        return;
      } catch (error) {
        const failure = asVeltroError(error);
        if (this.#stopping.signal.aborted) return;
        if (finalLoginCodes.has(failure.code) || attempt >= reconnect.attemptsMax) {
          this.#fail(failure);
          return;
        }
      }
    }
  }

  /** Ends the session for good; every later call fails with the same error. */
  #fail(error: VeltroError): void {
    this.#failure ??= error;
    this.#isReady = false;
    clearInterval(this.#heartbeat);
    for (const call of this.#deadlines.calls()) call.reject(error);
    this.#deadlines.stop();
  }

  /** Answers come in order: where one is overdue, none behind it can arrive either. */
  #onExpired(call: Call): void {
    const { requestTimeoutMs } = this.#options;
    const message = `${call.command} had no answer within ${requestTimeoutMs} ms.`;
    const error = new VeltroError(status.TaskTimeout, message);
    call.reject(error);
    // A call that spent its time waiting for a connection says nothing about the one it got.
    const isSilent = performance.now() - call.sentMs >= requestTimeoutMs / 2;
    if (isSilent) call.connection?.abandon(new VeltroError(status.ConnectionClosed, message));
  }
}

function loginRequest({ username, password }: Credentials) {
  return { username, password, version: '', context: 'veltro' };
}

/** Refused attempts at several addresses of one name have no message of their own. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}

function asVeltroError(error: unknown): VeltroError {
  if (error instanceof VeltroError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new VeltroError(status.Error, message, { cause: error });
}
