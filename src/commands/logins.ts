import { channels } from '../diagnostics/channels.ts';
import type { LoginLimiter } from '../security/login-limiter.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { Session } from './session.ts';

/** One attempt of a connection to prove who somebody is. */
export interface LoginTry {
  /** Throws when the attempt is not, or no longer, to be looked at: statuses 42 and 100. */
  readonly admit: () => void;
  /** Counts the attempt as failed and makes the error that it ends with. */
  readonly failed: (code: number, detail: string) => WireError;
}

/** The one place that failed logins are counted in, for every command and transport. */
export class Logins {
  readonly #broker: string;
  readonly #limiter: LoginLimiter | undefined;
  readonly #warn: (message: string, fields: Record<string, unknown>) => void;

  /** `broker` is its data directory; without a limiter any number of attempts may fail. */
  constructor(
    broker: string,
    limiter: LoginLimiter | undefined,
    warn: (message: string, fields: Record<string, unknown>) => void,
  ) {
    this.#broker = broker;
    this.#limiter = limiter;
    this.#warn = warn;
  }

  /**
   * Begins an attempt; `user` is whose password it is about. Status 42 after too many failures:
   * clients take it for a wrong password, which they do not try again.
   */
  begin(session: Session, user?: string): LoginTry {
    const attempt = { address: hostOf(session.address), user };
    const admit = () => {
      if (!session.isOpen) {
        throw new WireError(status.ClientNotFound, 'the connection has gone, or was turned away');
      }
      if (this.#limiter?.mayTry(attempt) === false) {
        throw new WireError(status.InvalidCredentials, 'too many logins failed');
      }
    };
    admit();
    const failed = (code: number, detail: string) => {
      if (this.#limiter?.onFailure(attempt)) this.#warnOf(session);
      this.#publish(session, code);
      return new WireError(code, detail);
    };
    return { admit, failed };
  }

  #publish({ clientId, address, transport }: Session, code: number): void {
    const { loginFailed } = channels;
    if (!loginFailed.hasSubscribers) return;
    loginFailed.publish({ broker: this.#broker, clientId, address, transport, status: code });
  }

  /** Names that nobody has are not told: they may be passwords in the wrong field. */
  #warnOf({ clientId, address }: Session): void {
    const message = 'Too many logins failed: further ones are refused for a while.';
    this.#warn(message, { clientId, address });
  }
}

/** The host of `ip:port`, without the brackets of IPv6. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
