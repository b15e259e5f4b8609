import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocatorSuite } from './allocator.ts';
import { parseArguments } from './arguments.ts';
import { catalogSuite } from './catalog.ts';
import { codecSuite } from './codec.ts';
import { frameReaderSuite } from './frame-reader.ts';
import { indexSuite } from './index-search.ts';
import { durationText, formatResults } from './report.ts';
import { ringSuite } from './ring.ts';

describe('the work of the micro benchmarks', () => {
  const openers = [
    codecSuite,
    frameReaderSuite,
    ringSuite,
    allocatorSuite,
    indexSuite,
    catalogSuite,
  ];
  for (const open of openers) {
    it(`can be done again and again: ${open.name}`, async () => {
      const suite = await open();
      try {
        assert.ok(suite.tasks.length > 0);
        for (const task of [...suite.tasks, ...suite.tasks]) await task.run();
      } finally {
        await suite.close?.();
      }
    });
  }
});

describe('the results of the micro benchmarks', () => {
  it('have a unit that fits', () => {
    const texts = [8.61, 999, 1250, 42e6, 3e9].map(durationText);
    assert.deepEqual(texts, ['8.61 ns', '999 ns', '1.25 µs', '42.0 ms', '3.00 s']);
  });

  it('tell a rate in bytes where there are bytes', () => {
    const result = { part: 'p', work: 'w', calls: 9, nanosecondsP50: 500, nanosecondsP99: 2000 };
    const [, , plain, inBytes] = formatResults([result, { ...result, bytes: 1000 }]).split('\n');
    assert.match(plain, /^\| p +\| w +\| 500 ns \| 2\.00 µs \| 2,000,000 \| +\|$/);
    assert.match(inBytes, /\| 2\.00 +\|$/);
  });
});

describe('the options of the micro benchmarks', () => {
  it('have defaults, and a filter in any case', () => {
    assert.deepEqual(parseArguments([]), { filter: '', timeMs: 500, json: false, help: false });
    assert.equal(parseArguments(['--filter', 'Ring']).filter, 'ring');
  });

  for (const text of ['0', '1.5', 'long', '60001']) {
    it(`refuse a time of ${text}`, () => {
      assert.throws(() => parseArguments(['--time', text]), {
        message: `--time is a whole number from 1 to 60000, not '${text}'.`,
      });
    });
  }

  it('refuse others', () => {
    assert.throws(() => parseArguments(['--tiem', '1']), /Unknown option '--tiem'/);
  });
});
