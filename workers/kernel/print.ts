import { base64 } from './base64';
import { digits128, digits64 } from './digits';
import {
  CHECKSUM,
  HEADERS_LENGTH,
  HEADER_BYTES,
  ID,
  OFFSET,
  ORIGIN_TIMESTAMP,
  PAYLOAD_LENGTH,
  TIMESTAMP,
  frameBytes,
} from './layout';

/**
 * Writes `count` stored messages, back to back in `length` bytes at `messages`, as JSON of HTTP to
 * `out`, each with `separator` behind it, and returns how many bytes that takes. Returns 0 when a
 * message has user headers, which are left to others, or does not lie in the area.
 */
export function print(
  messages: u32,
  length: u32,
  count: u32,
  separator: u32,
  out: u32,
): u32 {
  const end = <u64>messages + length;
  let at = out;
  for (; count > 0; count--) {
    if (<u64>messages + HEADER_BYTES > end) return 0;
    if (load<u32>(messages, HEADERS_LENGTH) != 0) return 0;
    const next = <u64>messages + frameBytes(messages);
    if (next > end) return 0;
    at = printMessage(messages, at);
    store<u8>(at++, separator);
    messages = <u32>next;
  }
  return at - out;
}

function printMessage(message: u32, out: u32): u32 {
  const payloadLength = load<u32>(message, PAYLOAD_LENGTH);
  out = text('{"header":{"checksum":', out);
  out = digits64(load<u64>(message, CHECKSUM), out);
  out = text(',"id":', out);
  out = digits128(load<u64>(message, ID), load<u64>(message, ID + 8), out);
  out = text(',"offset":', out);
  out = digits64(load<u64>(message, OFFSET), out);
  out = text(',"timestamp":', out);
  out = digits64(load<u64>(message, TIMESTAMP), out);
  out = text(',"origin_timestamp":', out);
  out = digits64(load<u64>(message, ORIGIN_TIMESTAMP), out);
  out = text(',"user_headers_length":0,"payload_length":', out);
  out = digits64(payloadLength, out);
  out = text(',"reserved":0},"payload":"', out);
  out = base64(message + HEADER_BYTES, payloadLength, out);
  return text('","user_headers":[]}', out);
}

/**
 * Writes a text of ASCII, which is there in 16 bits a character. Up to 15 bytes behind it change
 * as well: what comes next is written over them.
 */
function text(value: string, out: u32): u32 {
  const from = <u32>changetype<usize>(value);
  const length = <u32>value.length;
  for (let i: u32 = 0; i < length; i += 16) {
    const place = from + 2 * i;
    v128.store(out + i, i8x16.narrow_i16x8_u(v128.load(place), v128.load(place, 16)));
  }
  return out + length;
}
