import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilerVersion } from '../ceiling/tools.ts';
import { findRequestTools, measure, startEcho } from './contestants.ts';

const compiler = process.env.CC || 'cc';
const hasCompiler = process.platform === 'linux' && compilerVersion(compiler) !== undefined;

test('the time of the first thread is not counted for the others as well', {
  skip: hasCompiler ? false : `needs Linux and a C compiler, and ${compiler} does not run`,
}, async () => {
  const echo = await startEcho(findRequestTools());
  try {
    const load = { mode: 'send', connections: 4, depth: 4, milliseconds: 500 } as const;
    const place = { topics: 1, partitions: 1, messages: 1 };
    const { acceptorUs, othersUs } = await measure(echo, { ...load, ...place }, 0);
    // The echo server does everything in its first thread.
    assert.ok(othersUs < acceptorUs, `${othersUs} and ${acceptorUs} µs`);
  } finally {
    await echo.server.stop();
  }
});
