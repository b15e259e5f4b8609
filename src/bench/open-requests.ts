import type { ResolvedOptions } from '../client/connect-options.ts';
import { CallConnection } from './call-connection.ts';
import { FrameConnection } from './frame-connection.ts';
import { HttpConnection } from './http-connection.ts';
import type { RequestConnection } from './request-connection.ts';

/** A connection to the server of the options; over HTTP it sends bytes, or JSON. */
export function openRequests(
  options: ResolvedOptions,
  sendsJson: boolean,
): Promise<RequestConnection> {
  if (options.transport === 'http') return HttpConnection.open(options, sendsJson);
  return options.transport === 'quic'
    ? CallConnection.open(options)
    : FrameConnection.open(options);
}
