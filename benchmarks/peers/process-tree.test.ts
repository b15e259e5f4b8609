import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { processorSeconds, processTree, residentBytesOf } from './process-tree.ts';

const skip = process.platform !== 'linux' && 'only Linux tells of processes below /proc';

describe('a tree of processes', { skip }, () => {
  it('has children and what they have started', async () => {
    const inner = 'console.log(process.pid); setInterval(() => {}, 1000)';
    const spawning = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: 'inherit' })`;
    const child = spawn(process.execPath, ['-e', spawning], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const grandchild = Number(printed.toString());
    try {
      assert.deepEqual(processTree(child.pid!), [child.pid, grandchild]);
      assert.ok(processTree(process.pid).includes(grandchild));
    } finally {
      process.kill(grandchild);
      await once(child, 'close');
    }
  });

  it('takes memory and time', () => {
    const before = processorSeconds([process.pid]);
    const end = performance.now() + 30;
    while (performance.now() < end) residentBytesOf([process.pid]);
    assert.ok(processorSeconds([process.pid]) > before);
    assert.ok(residentBytesOf([process.pid]) > 10e6);
  });

  it('counts nothing for processes that have ended', () => {
    const gone = 2 ** 30;
    assert.deepEqual([residentBytesOf([gone]), processorSeconds([gone])], [0, 0]);
  });
});
