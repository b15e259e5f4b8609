import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { circleIn, importsOf, productionImports } from './imports.ts';
import { layerOf, objection } from './layers.ts';
import { sourceFiles } from './project-files.ts';

const outsideTests = sourceFiles.filter((path) => !path.startsWith('tests/'));
const arrows = productionImports(outsideTests);

test('imports point down only', () => {
  assert.ok(arrows.length > 100, 'the imports were not found');
  const objections = arrows.map(({ from, to }) => objection(from, to));
  assertNone(objections, 'see docs/architecture.md#layers');
});

test('folders do not import each other in circles', () => {
  const between = arrows
    .map(({ from, to }) => [layerOf(from), layerOf(to)] as const)
    .filter(([from, to]) => from !== to);
  assert.deepEqual(circleIn(between), []);
});

test('files do not need each other in circles', () => {
  const values = arrows.filter(({ isTypeOnly }) => !isTypeOnly);
  assert.deepEqual(circleIn(values.map(({ from, to }) => [from, to])), []);
});

test('an arrow that points up is an objection', () => {
  for (const [from, to, reason] of [
    ['src/storage/a.ts', 'src/shards/b.ts', 'shards is not below storage'],
    ['src/catalog/a.ts', 'src/security/b.ts', 'security is not below catalog'],
    ['src/client/a.ts', 'src/broker/b.ts', 'client knows nothing but quic, wire'],
    ['workers/a.ts', 'src/storage/b.ts', 'workers knows nothing but shards'],
    ['src/commands/a.ts', 'config/b.ts', 'config is for entry, cli, broker'],
    [
      'config/a.ts',
      'src/wire/b.ts',
      'config knows nothing but src/wire/limits.ts, src/wire/acknowledgement.ts',
    ],
    ['src/wire/a.ts', 'tests/b.ts', 'only tests know tests'],
  ] as const) {
    assert.equal(objection(from, to), `${from} imports ${to}: ${reason}.`);
  }
  for (const [from, to] of [
    ['src/transports/tcp/a.ts', 'src/shards/b.ts'],
    ['src/shards/a.ts', 'src/shards/b.ts'],
    ['config/a.ts', 'src/wire/limits.ts'],
    ['src/index.ts', 'config/b.ts'],
  ] as const) {
    assert.equal(objection(from, to), undefined);
  }
  assert.throws(() => objection('src/new/a.ts', 'src/wire/b.ts'), /has no place among the layers/);
});

test('every kind of import is seen', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from '../b.ts';",
    "import { type C, type D } from './c.ts';",
    'import {',
    '  type E,',
    '  e,',
    "} from './e.ts';",
    "export { f } from './f.ts';",
    "// import { g } from './g.ts';",
    "const h = () => import('./h.ts');",
    "import './i.ts';",
    "import { join } from 'node:path';",
  ].join('\n');
  assert.deepEqual(
    importsOf('src/x/y.ts', text).map(({ to, isTypeOnly }) => [to, isTypeOnly]),
    [
      ['src/x/a.ts', false],
      ['src/b.ts', true],
      ['src/x/c.ts', true],
      ['src/x/e.ts', false],
      ['src/x/f.ts', false],
      ['src/x/i.ts', false],
      ['src/x/h.ts', false],
    ],
  );
});

test('a circle is found and named', () => {
  assert.deepEqual(
    circleIn([
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
      ['c', 'b'],
    ]),
    ['b', 'c', 'b'],
  );
});
