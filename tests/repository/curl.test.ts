import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startBroker } from '../support/broker.ts';
import { startChild } from '../support/child-process.ts';
import { projectFiles, textOf } from './project-files.ts';

/** Commands of a page, and what they print when the page says so; `…` stands for anything. */
interface Example {
  readonly place: string;
  readonly commands: string;
  readonly output: string | undefined;
}

const EXAMPLE = /^```sh\n([\s\S]*?)^```$(?:\s+^```text\n([\s\S]*?)^```$)?/gm;
const SHOWN_URL = 'http://127.0.0.1:3000';
const END = '=== end of an example ===';

const examples = projectFiles.filter((path) => path.endsWith('.md')).flatMap(examplesOf);

function examplesOf(path: string): Example[] {
  const text = textOf(path);
  return [...text.matchAll(EXAMPLE)].map(({ index, 1: commands, 2: output }) => {
    return { place: `${path}:${text.slice(0, index).split('\n').length}`, commands, output };
  });
}

async function runAll(url: string): Promise<string[]> {
  const child = startChild(['sh', '-e']);
  const commands = examples.map((example) => `${example.commands}\necho '${END}'\n`);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  child.stdin!.end(commands.join('').replaceAll(SHOWN_URL, url));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);
  return output.split(`${END}\n`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function pattern(output: string): RegExp {
  const parts = output.trim().split('…').map(escaped);
  return new RegExp(`^${parts.join('.+?')}$`);
}

test('calls by curl in the documentation do what the page says', async (t) => {
  if (spawnSync('curl', ['--version']).status !== 0) {
    return t.skip('there is no curl on this machine');
  }
  assert.ok(examples.length > 5, 'the calls were not found');
  await using broker = await startBroker({ http: { port: 0 } });
  const outputs = await runAll(broker.httpUrl as string);
  for (const [index, { place, output }] of examples.entries()) {
    if (output !== undefined) assert.match(outputs[index].trim(), pattern(output), place);
  }
  assert.deepEqual(broker.errors, []);
});
