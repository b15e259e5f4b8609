import type { Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';

/** Who may use a command; the flags behind each class stand in `security/authorize.ts`. */
export const permissionClasses = [
  'none',
  'authenticated',
  'server',
  'users-read',
  'users-read-or-own',
  'users-manage',
  'users-manage-or-own',
  'streams-list',
  'stream-read',
  'stream-create',
  'stream-manage',
  'topics-list',
  'topic-read',
  'topic-create',
  'topic-manage',
  'poll',
  'send',
] as const;
export type PermissionClass = (typeof permissionClasses)[number];

/**
 * One command of the binary protocol, both ways and for both sides. Payloads only: the frame
 * around them is `frame.ts`. Reading throws a `WireError` with the status the protocol prescribes.
 */
export interface Codec<Request, Response> {
  /** Command code of the request frame. */
  readonly code: number;
  /** Name for metrics and logs, such as `stream.create`. */
  readonly name: string;
  readonly permission: PermissionClass;
  writeRequest(writer: Writer, request: Request): void;
  readRequest(reader: Reader): Request;
  writeResponse(writer: Writer, response: Response): void;
  readResponse(reader: Reader): Response;
}

/** The response of commands that answer OK without a payload. */
export type Empty = undefined;

/** The two response halves of a command that answers OK without a payload. */
export const emptyResponse = {
  writeResponse(): void {},
  readResponse(): Empty {
    return undefined;
  },
};

/** The two request halves of a command that has no payload. */
export const emptyRequest = {
  writeRequest(): void {},
  readRequest(): Empty {
    return undefined;
  },
};
