import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelNames } from '../support/channel-recorder.ts';
import { textOf } from './project-files.ts';

test('docs/reference/channels.md has a row for each channel', () => {
  const rows = [...textOf('docs/reference/channels.md').matchAll(/^\| `(veltro\.[a-z.]+)` \|/gm)];
  assert.deepEqual(rows.map(([, name]) => name).sort(), [...channelNames].sort());
});
