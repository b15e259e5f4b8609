import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { parseArguments } from './arguments.ts';

test('without arguments the defaults hold', () => {
  assert.deepEqual(parseArguments([]), {
    rounds: 5,
    warmUpRounds: 8,
    batches: 240,
    connections: [1, 4],
    threads: 1,
    depth: 1,
    ceiling: 'threads',
    dataDir: tmpdir(),
    json: false,
    help: false,
  });
});

test('every option is taken', () => {
  const line =
    '--rounds 3 --warm-up 2 --batches 60 --connections 1,2,6 --threads 2 --depth 8 ' +
    '--ceiling single --data-dir /data --json --help';
  assert.deepEqual(parseArguments(line.split(' ')), {
    rounds: 3,
    warmUpRounds: 2,
    batches: 60,
    connections: [1, 2, 6],
    threads: 2,
    depth: 8,
    ceiling: 'single',
    dataDir: '/data',
    json: true,
    help: true,
  });
});

const mistakes = [
  { line: '--rounds 0', complaint: /--rounds is a whole number from 1/ },
  { line: '--warm-up 0', complaint: /--warm-up is a whole number from 1/ },
  { line: '--rounds 2.5', complaint: /not '2.5'/ },
  { line: '--threads many', complaint: /--threads .* not 'many'/ },
  { line: '--depth 1025', complaint: /--depth .* to 1024/ },
  { line: '--connections 1,,4', complaint: /--connections .* not ''/ },
  { line: '--connections 65', complaint: /--connections .* to 64/ },
  { line: '--batches 240 --connections 7', complaint: /240 batches .* evenly by 7/ },
  { line: '--ceiling epoll', complaint: /threads or single/ },
  { line: '--speed 9', complaint: /--speed/ },
  { line: 'round', complaint: /round/ },
];

for (const { line, complaint } of mistakes) {
  test(`'${line}' is refused`, () => {
    assert.throws(() => parseArguments(line.split(' ')), complaint);
  });
}
