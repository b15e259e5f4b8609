import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type LoggerOptions } from './logger.ts';

function logged(options: Omit<LoggerOptions, 'destination'>, fields: object): string {
  let text = '';
  const destination = { write: (line: string) => (text += line) };
  const logger = createLogger({ ...options, destination } as LoggerOptions);
  logger.debug(fields, 'too quiet');
  logger.info(fields, 'it happened');
  return text;
}

test('json logs are one object a line with the level as a word', () => {
  const line = JSON.parse(logged({ level: 'info', format: 'json' }, { port: 8090 }));
  assert.equal(line.level, 'info');
  assert.equal(line.msg, 'it happened');
  assert.equal(line.port, 8090);
  assert.ok(!Number.isNaN(Date.parse(line.time)));
});

test('secrets never reach the log', () => {
  const fields = { password: 'hunter2', user: { token: 'hunter2', login: { secret: 'hunter2' } } };
  for (const format of ['json', 'pretty'] as const) {
    const text = logged({ level: 'info', format }, fields);
    assert.doesNotMatch(text, /hunter2/);
    assert.equal(text.split('[redacted]').length, 4, text);
  }
});

test('pretty logs read as a line with time, level and message, without colour', () => {
  const text = logged({ level: 'info', format: 'pretty' }, {});
  assert.match(text, /^\[\d{4}-\d\d-\d\d [\d:.]+\] INFO: it happened\n$/);
});
