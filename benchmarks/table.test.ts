import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownTable } from './table.ts';

test('columns are as wide as their widest cell', () => {
  assert.equal(
    markdownTable(
      ['A', 'Work'],
      [
        ['long', 'b'],
        ['', '1,000'],
      ],
    ),
    ['| A    | Work  |', '|------|-------|', '| long | b     |', '|      | 1,000 |'].join('\n'),
  );
});
