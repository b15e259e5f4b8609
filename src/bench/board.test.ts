import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board } from './board.ts';

const budgets = [
  { unit: 'batches', amount: 2 },
  { unit: 'bytes', amount: 1000 },
] as const;

test('a budget is given out once, whoever asks', () => {
  const board = Board.create(budgets, 2, 1);
  const same = new Board(board.buffer, budgets.length);
  assert.deepEqual([board.take(0, 1), same.take(0, 1), board.take(0, 1)], [true, true, false]);
  assert.deepEqual([board.hasLeft(0), same.hasLeft(1)], [false, true]);
});

test('the last part of a budget may be larger than what is left', () => {
  const board = Board.create(budgets, 2, 1);
  assert.deepEqual(
    [board.take(1, 600), board.take(1, 600), board.take(1, 600)],
    [true, true, false],
  );
});

test('what actors have done is added up', () => {
  const board = Board.create(budgets, 2, 1);
  board.note(0, 10, 100);
  new Board(board.buffer, budgets.length).note(1, 5, 50);
  board.note(1, 5, 50);
  assert.deepEqual(board.total(), { batches: 3, messages: 20, bytes: 200 });
});

test('everybody learns when the last producer is finished', () => {
  const board = Board.create(budgets, 2, 2);
  board.endWriter();
  assert.equal(board.hasWriters(), true);
  new Board(board.buffer, budgets.length).endWriter();
  assert.equal(board.hasWriters(), false);
});
