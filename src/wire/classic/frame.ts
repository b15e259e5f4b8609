import { requestHeaderBytes, responseHeaderBytes } from '../limits.ts';
import { STATUS_OK } from '../status.ts';
import { Writer } from '../writer.ts';
import type { Codec } from './codec.ts';

/** The `length` of a request counts its code (4 bytes) besides the payload (protocol 1.1). */
export const requestCodeBytes = 4;

/** Place of `length` u32 in the header of a request. */
export const requestLengthOffset = 0;
/** Place of `code` u32 in the header of a request. */
export const requestCodeOffset = 4;

/** Place of `status` u32 in the header of a response. */
export const responseStatusOffset = 0;
/** Place of `length` u32, payload bytes only, in the header of a response. */
export const responseLengthOffset = 4;

/**
 * A whole request frame, in the buffer of the writer. Throws a `WireError` for values that the
 * protocol cannot carry, a `RangeError` for numbers that do not fit their field.
 */
export function encodeRequest<Request>(
  codec: Codec<Request, unknown>,
  request: Request,
  writer = new Writer(),
): Buffer {
  writer.u32(0).u32(codec.code);
  codec.writeRequest(writer, request);
  writer.patchU32(requestLengthOffset, writer.length - requestHeaderBytes + requestCodeBytes);
  return writer.finish();
}

/** A whole frame of a successful response. */
export function encodeResponse<Response>(
  codec: Codec<unknown, Response>,
  response: Response,
): Buffer {
  const writer = new Writer();
  writer.u32(STATUS_OK).u32(0);
  codec.writeResponse(writer, response);
  writer.patchU32(responseLengthOffset, writer.length - responseHeaderBytes);
  return writer.finish();
}

/** A whole frame of a failed response: never a payload, clients would not read it. */
export function encodeError(code: number): Buffer {
  return new Writer(responseHeaderBytes).u32(code).u32(0).finish();
}
