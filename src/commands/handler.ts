import type { Codec } from '../wire/classic/codec.ts';
import type { Exchange } from './exchange.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

/** A command that the acceptor answers itself, at once or after a change of the catalog. */
export interface ControlHandler<Request, Response> {
  readonly codec: Codec<Request, Response>;
  handle(services: Services, session: Session, request: Request): Response | Promise<Response>;
}

/**
 * A command that a shard answers. Several of one connection may be under way; their responses leave
 * in the order of the requests all the same. Throws a `WireError` for what is refused at once.
 */
export interface DataHandler<Request> {
  readonly codec: Codec<Request, never> | Codec<Request, unknown>;
  start(services: Services, exchange: Exchange, request: Request): void;
}
