import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownCommand } from './command-line.ts';

test('a command line is shown without what nobody else may know', () => {
  for (const [line, shown] of [
    ['bench -u ann -p secret pp -p 4 tcp', 'bench -u ann -p … pp -p 4 tcp'],
    ['bench -psecret pp', 'bench -p… pp'],
    ['bench --password=secret pp', 'bench --password=… pp'],
    [
      'bench --server iggy://ann:secret@host:1?tls=true pp',
      'bench --server iggy://…@host:1?tls=true pp',
    ],
    ['bench --server=iggy+tcp://tok/en+==@host pp', 'bench --server=iggy+tcp://…@host pp'],
    ['bench --server token@host:1 pp', 'bench --server …@host:1 pp'],
    ['bench -m 1..9 pp tcp output --remark a', 'bench -m 1..9 pp tcp output --remark a'],
  ] as const) {
    assert.equal(shownCommand(line.split(' '), 'secret'), `veltro ${shown}`);
  }
  assert.equal(shownCommand(['bench', 'pp'], undefined), 'veltro bench pp');
});
