import { requestHeaderBytes } from '../wire/limits.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import type { Call } from './call.ts';
import { CallTurns } from './call-turns.ts';
import { CommonConnection } from './common-connection.ts';
import type { ResolvedOptions } from './connect-options.ts';
import { type ConnectionEvents, closedError, type OpenConnection } from './connection.ts';
import { VeltroError } from './errors.ts';
import { httpCommand, statusOf } from './http-commands.ts';
import { HttpExchanges } from './http-exchanges.ts';

const OK = 200;

/**
 * A broker over HTTP, which knows no connections: what is one here is a login and the token that
 * came of it. It is lost when a question finds no answer.
 */
export class HttpConnection extends CommonConnection {
  readonly #exchanges: HttpExchanges;
  readonly #turns = new CallTurns();
  /** Calls that were sent and have no answer, oldest first. */
  readonly #pending = new Set<Call>();
  #token: string | null = null;

  private constructor(exchanges: HttpExchanges, events: ConnectionEvents) {
    super(events);
    this.#exchanges = exchanges;
  }

  /** Connections to the server of the options. */
  static to(options: ResolvedOptions): OpenConnection {
    return async (events, signal) => {
      const exchanges = await HttpExchanges.to(options);
      try {
        await greet(exchanges, signal);
      } catch (error) {
        exchanges.close();
        throw error;
      }
      return new HttpConnection(exchanges, events);
    };
  }

  protected carry(call: Call): void {
    this.#turns.add(call);
    this.#startWaiting();
  }

  protected drain(): Call[] {
    const calls = [...this.#pending, ...this.#turns.drain()];
    this.#pending.clear();
    return calls;
  }

  protected release(): void {
    this.#exchanges.close();
  }

  #startWaiting(): void {
    while (!this.isLost) {
      const call = this.#turns.next();
      if (call === undefined) return;
      call.sentMs = performance.now();
      this.#pending.add(call);
      this.#ask(call).catch((error: Error) => this.abandon(closedError(error)));
    }
  }

  async #ask(call: Call): Promise<void> {
    const payload = call.frame.subarray(requestHeaderBytes);
    const { question, read, token } = httpCommand(call.command, payload, this.#token);
    const answer = await this.#exchanges.ask(question);
    if (this.isLost) return;
    const code = statusOf(call.command, answer);
    const isDone = code === STATUS_OK;
    if (isDone && token !== undefined) this.#token = token(answer.body);
    const answered = isDone ? read(answer.body) : answer.body;
    this.#pending.delete(call);
    this.#turns.end(call);
    if (code === status.FeatureUnavailable) call.reject(notOffered(call.command));
    else this.events.onAnswer(this, call, code, answered);
    this.#startWaiting();
  }
}

/** A broker that does not serve yet is no connection. */
async function greet(exchanges: HttpExchanges, signal: AbortSignal): Promise<void> {
  const { status: httpStatus } = await exchanges.ask({ method: 'GET', path: '/ping' }, { signal });
  if (httpStatus !== OK) throw new Error(`it answered a ping with status ${httpStatus} of HTTP`);
}

function notOffered(command: string): VeltroError {
  return new VeltroError(status.FeatureUnavailable, `${command} is not offered over HTTP.`);
}
