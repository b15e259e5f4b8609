import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/project-root.ts';

/** A frame of the protocol, byte for byte. */
export interface GoldenFrame {
  readonly name: string;
  readonly command: string;
  readonly direction: 'request' | 'response';
  readonly hex: string;
  readonly fields: Record<string, unknown>;
}

/** All golden frames, in the order of their file. */
export const goldenFrames = JSON.parse(
  readFileSync(join(projectRoot(), 'tests/golden/frames.json'), 'utf8'),
) as readonly GoldenFrame[];

/** Those that are requests, as what is sent. */
export const goldenRequests = goldenFrames
  .filter(({ direction }) => direction === 'request')
  .map(({ name, hex }) => ({ name, bytes: Buffer.from(hex, 'hex') }));
