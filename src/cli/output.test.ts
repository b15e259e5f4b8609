import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTerminal } from '../../tests/support/fake-terminal.ts';
import { escapeControls, printAnswer, properties, styleFor, table, toJson } from './output.ts';

const plain = styleFor(fakeTerminal().stdout, {});
const answer = { json: { size: 5n }, text: () => 'five' };

test('an answer is a text, JSON or nothing', () => {
  for (const [options, expected] of [
    [{}, 'five\n'],
    [{ json: true }, '{\n  "size": 5\n}\n'],
    [{ quiet: true }, ''],
  ] as const) {
    const terminal = fakeTerminal();
    printAnswer(answer, options, terminal);
    assert.equal(terminal.output(), expected);
  }
});

test('big numbers stay exact in JSON', () => {
  assert.equal(toJson([1n, 2n ** 53n - 1n, 2n ** 53n]), '[1,9007199254740991,"9007199254740992"]');
});

test('colour is for terminals that want it', () => {
  const terminal = { isTTY: true } as unknown as NodeJS.WriteStream;
  assert.ok(styleFor(terminal, {}).bold('x').startsWith('\x1b[1mx'));
  assert.equal(styleFor(terminal, { NO_COLOR: '1' }).bold('x'), 'x');
  assert.equal(styleFor(terminal, { TERM: 'dumb' }).bold('x'), 'x');
  assert.ok(styleFor(terminal, { NO_COLOR: '' }).bold('x').startsWith('\x1b[1mx'));
  assert.equal(plain.bold('x'), 'x');
});

test('control characters from elsewhere do not reach the terminal', () => {
  assert.equal(escapeControls('a\tb\nc\x1b[2J\x9bd'), 'a\\tb\\nc\\x1b[2J\\x9bd');
  assert.ok(!table(['Name'], [['\x1b[31m']], plain).includes('\x1b'));
  assert.ok(!properties([['Name', '\x1b[31m']], plain).includes('\x1b'));
});

test('tables have a header row and a border', () => {
  const lines = table(['ID', 'Name'], [['1', 'dev']], plain).split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[1], /│ ID │ Name │/);
  assert.match(lines[3], /│ 1 {2}│ dev {2}│/);
});

test('properties stand in one column', () => {
  const text = properties(
    [
      ['ID', '1'],
      ['Address', 'here'],
    ],
    plain,
  );
  assert.equal(text, 'ID       1\nAddress  here');
});
