import type { ResolvedOptions } from '../client/connect-options.ts';
import { CallConnection } from './call-connection.ts';
import { FrameConnection } from './frame-connection.ts';
import { JsonConnection } from './json-connection.ts';
import type { RequestConnection } from './request-connection.ts';

/**
 * A connection to the server of the options: bytes where it is one of bytes, else one of the
 * client's, over HTTP also as JSON.
 */
export function openRequests(
  options: ResolvedOptions,
  sendsJson: boolean,
): Promise<RequestConnection> {
  if (sendsJson) return JsonConnection.open(options);
  return options.transport === 'tcp' ? FrameConnection.open(options) : CallConnection.open(options);
}
