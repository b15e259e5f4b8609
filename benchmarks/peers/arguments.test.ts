import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArguments } from './arguments.ts';

const here = fileURLToPath(import.meta.url);

describe('the options of the comparison', () => {
  it('have defaults', () => {
    const { peers, ...rest } = parseArguments([]);
    assert.equal(peers.join(' '), 'ceiling veltro reference nats redis rabbitmq kafka');
    assert.deepEqual(rest, {
      rounds: 5,
      batches: 240,
      clients: [1, 4],
      requests: 8000,
      warmUpSeconds: 45,
      threads: 1,
      iggyServer: undefined,
      iggyBench: undefined,
      dataDir: tmpdir(),
      through: [],
      results: undefined,
      writeDocs: false,
      json: false,
      help: false,
    });
  });

  it('take lists, paths and a command', () => {
    const options = parseArguments([
      ...['--peers', 'kafka, veltro', '--clients', '2,8', '--through', 'flock  /some/file'],
      ...['--iggy-server', here, '--results', here],
    ]);
    assert.deepEqual(options.peers, ['kafka', 'veltro']);
    assert.deepEqual(options.clients, [2, 8]);
    assert.deepEqual(options.through, ['flock', '/some/file']);
    assert.deepEqual([options.iggyServer, options.results], [here, here]);
  });

  const mistakes: [args: string[], message: string | RegExp][] = [
    [['--rounds', '0'], "--rounds is a whole number from 1 to 1000, not '0'."],
    [['--batches', '1e3'], "--batches is a whole number from 1 to 10000, not '1e3'."],
    [['--requests', 'many'], "--requests is a whole number from 1 to 1000000, not 'many'."],
    [['--warm-up', '0'], "--warm-up is a whole number from 1 to 3600, not '0'."],
    [['--threads', '65'], "--threads is a whole number from 1 to 64, not '65'."],
    [['--clients', '1,,4'], "--clients is a whole number from 1 to 64, not ''."],
    [['--clients', '7'], '240 batches cannot be shared evenly by 7.'],
    [
      ['--peers', 'pulsar'],
      "--peers knows ceiling, veltro, reference, nats, redis, rabbitmq, kafka, not 'pulsar'.",
    ],
    [['--iggy-server', '/nowhere/server'], '--iggy-server: no file /nowhere/server.'],
    [['--iggy-bench', '/nowhere/bench'], '--iggy-bench: no file /nowhere/bench.'],
    [['--results', '/nowhere/results'], '--results: no file /nowhere/results.'],
    [['--round', '5'], /Unknown option '--round'/],
  ];
  for (const [args, message] of mistakes) {
    it(`refuse ${args.join(' ')}`, () => {
      assert.throws(() => parseArguments(args), { message });
    });
  }
});
