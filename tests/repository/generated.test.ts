import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pageFiles, withFigures } from '../../benchmarks/peers/page.ts';
import type { Results } from '../../benchmarks/peers/results.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openApiJson } from '../../src/transports/http/api/openapi.ts';
import { operations } from '../../src/transports/http/api/operations.ts';
import { errorTable } from '../../src/wire/error-table.ts';
import { projectFiles, root, textOf } from './project-files.ts';

type Generator = (source: unknown) => string | Promise<string>;

/** What a generator of `scripts` would write now. */
async function generated(script: string, name: string, source: unknown): Promise<string> {
  const url = pathToFileURL(join(root, 'scripts', script)).href;
  const module = (await import(url)) as Record<string, Generator>;
  return module[name](source);
}

test('docs/reference/errors.md is what the error table generates', async () => {
  const script = 'generate-error-docs.mjs';
  const text = await generated(script, 'errorReference', errorTable);
  assert.equal(textOf('docs/reference/errors.md'), text, `run: node scripts/${script}`);
  for (const [code, name] of errorTable) assert.ok(text.includes(`| ${code} | \`${name}\` |`));
});

test('docs/reference/commands-cli.md is what the help texts generate', async () => {
  const script = 'generate-cli-docs.mjs';
  const text = await generated(script, 'commandReference', runProgram);
  assert.equal(textOf('docs/reference/commands-cli.md'), text, `run: node scripts/${script}`);
  assert.ok(text.includes('## veltro message poll\n'));
});

test('docs/reference/http.md is what the operations of the API generate', async () => {
  const script = 'generate-http-docs.mjs';
  const document = JSON.parse(openApiJson(operations));
  const text = await generated(script, 'httpReference', document);
  assert.equal(textOf('docs/reference/http.md'), text, `run: node scripts/${script}`);
  for (const { method, path } of operations) assert.ok(text.includes(`### ${method} ${path}\n`));
});

test('docs/benchmarks.md, its charts and the figures of the README are what the results say', () => {
  const results = JSON.parse(textOf('benchmarks/peers/results.json')) as Results;
  const hint = 'run: npm run bench:peers -- --results benchmarks/peers/results.json --write-docs';
  for (const { path, text } of pageFiles(results)) assert.equal(textOf(`docs/${path}`), text, hint);
  assert.equal(textOf('README.md'), withFigures(textOf('README.md'), results), hint);
});

test('docs/reference/iggy-cli.md tells of all that the official command line is tried with', () => {
  const page = textOf('docs/reference/iggy-cli.md');
  const suites = projectFiles.filter((path) => /^tests\/clients\/.*\.cases\.ts$/.test(path));
  const titles = (pattern: RegExp) =>
    suites.flatMap((path) => [...textOf(path).matchAll(pattern)].map(([, title]) => title));
  const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, subject]) => subject);
  const hint = 'run: node scripts/test-iggy-cli.mjs --write-docs';
  assert.deepEqual(rows.sort(), titles(/^describe\('([^']+)'/gm).sort(), hint);
  const untold = titles(/^ {2}it\('([^']+)'/gm).filter((title) => !page.includes(title));
  assert.deepEqual(untold, [], hint);
});
