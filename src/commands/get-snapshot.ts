import { type GetSnapshotRequest, getSnapshot } from '../wire/classic/commands/get-snapshot.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetSnapshot: ControlHandler<GetSnapshotRequest, Uint8Array> = {
  codec: getSnapshot,
  handle: ({ takeSnapshot }, _, request) => takeSnapshot(request),
};
