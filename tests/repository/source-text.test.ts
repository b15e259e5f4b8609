import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOnly, functionsIn, withoutComments, withoutStrings } from './source-text.ts';

const sample = [
  "const a = 'it {is}'; // a { comment",
  'const b = `one §{list.map((x) => `<§{x}>`)} {`;'.replaceAll('§', '$'),
  'const c = /[{/]\\/{/.test(a) ? 4 / 2 : 1; /* {',
  '} */ const d = { e: 1 };',
].join('\n');

test('only code is left of a text', () => {
  const code = codeOnly(sample);
  assert.equal(code.length, sample.length);
  assert.equal(code.replaceAll(/[^{}\n]/g, ''), '\n\n\n{}');
  assert.match(code, / \.test\(a\) \? 4 \/ 2 : 1; /);
});

test('comments and strings are left out separately', () => {
  assert.match(withoutComments(sample), /'it \{is\}'; {5}/);
  assert.doesNotMatch(withoutComments(sample), /comment/);
  assert.match(withoutStrings(sample), /const a = ; \/\/ a \{ comment/);
});

test('functions of every kind are measured', () => {
  const text = [
    'export function plain(a: string): Promise<{ b: string }> {', // 1
    '  if (a) {',
    '    return { b: a };',
    '  }',
    '}',
    'class Some {', // 6
    '  #field = { a: 1 };',
    '  async method(', // 8
    '    a: string,',
    '  ): Promise<void> {',
    '    for (const b of a) {',
    '    }',
    '  }',
    '}',
    'const arrow = async (a: number) => {', // 15
    '  switch (a) {',
    '  }',
    '};',
    "describe('all', () => {", // 19
    "  it('does', (t) => {",
    '  });',
    '});',
    'list.map((a) => ({ a }));',
  ].join('\n');
  assert.deepEqual(
    functionsIn(text)
      .map(({ line, lines }) => [line, lines])
      .sort(([a], [b]) => a - b),
    [
      [1, 5],
      [8, 6],
      [15, 4],
      [20, 2],
    ],
  );
});
