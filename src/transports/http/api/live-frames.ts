import * as v from 'valibot';
import { malformed } from '../errors.ts';
import { parseJson } from '../json.ts';
import { shown, u32, u64 } from './kinds.ts';
import { polledMessages } from './message-schemas.ts';
import { errorBody } from './shapes.ts';
import { readBy } from './validation.ts';

const commit = v.object({ partition_id: u32, offset: u64 });

/** What a client says over the WebSocket of a subscription. */
export const liveFrame = v.strictObject({
  credit: v.optional(
    shown(u32, {
      type: 'integer',
      minimum: 0,
      maximum: 2 ** 32 - 1,
      description: 'So many messages more can be sent.',
    }),
  ),
  commit: v.optional(commit),
});

/** What it is told. */
export const liveAnswer = v.union([
  polledMessages,
  v.object({ committed: commit }),
  v.object({ refused: commit, error: errorBody }),
  v.object({ end: errorBody }),
]);

/** A frame of a client. */
export type LiveFrame = v.InferOutput<typeof liveFrame>;

/** Reads a frame of a client. Throws an `ApiError` for what is none. */
export function readFrame(bytes: Uint8Array): LiveFrame {
  let value: unknown;
  try {
    value = parseJson(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(400, 'The frame is no JSON.');
  }
  return readBy(liveFrame, value, 'the frame');
}
