import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { projectFiles, root, textOf } from './project-files.ts';

/** A program of a page, and what it prints when the page says so. */
interface Snippet {
  readonly place: string;
  readonly code: string;
  readonly output: string | undefined;
}

const SNIPPET = /^```ts\n([\s\S]*?)^```$(?:\s+^```text\n([\s\S]*?)^```$)?/gm;
const SHOWN_SERVER = 'iggy://iggy:iggy@127.0.0.1:8090';
const RUN_LIMIT_MS = 30_000;

const snippets = projectFiles.filter((path) => path.endsWith('.md')).flatMap(snippetsOf);
const build = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'veltro-snippets-'));
let broker: TestBroker;

function snippetsOf(path: string): Snippet[] {
  const text = textOf(path);
  return [...text.matchAll(SNIPPET)].map(({ index, 1: code, 2: output }) => {
    return { place: `${path}:${text.slice(0, index).split('\n').length}`, code, output };
  });
}

function fileOf(snippet: Snippet): string {
  return `snippet-${snippets.indexOf(snippet)}`;
}

function writeJson(path: string, value: object): void {
  writeFileSync(join(folder, path), JSON.stringify(value));
}

/** A package `veltro` beside the snippets that is this very build. */
function linkPackage(): void {
  mkdirSync(join(folder, 'node_modules', 'veltro'), { recursive: true });
  symlinkSync(build, join(folder, 'node_modules', 'veltro', 'build'), 'junction');
  const exports = { types: './build/src/index.d.ts', default: './build/src/index.js' };
  writeJson('node_modules/veltro/package.json', { name: 'veltro', type: 'module', exports });
}

/** Compiles all snippets at once, because older versions of Node cannot run them as they are. */
function compile(): void {
  for (const snippet of snippets) {
    const code = snippet.code.replaceAll(SHOWN_SERVER, broker.url);
    writeFileSync(join(folder, `${fileOf(snippet)}.ts`), code);
  }
  writeJson('package.json', { type: 'module' });
  writeJson('tsconfig.json', {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      typeRoots: [join(root, 'node_modules', '@types')],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      outDir: 'compiled',
      rootDir: '.',
    },
    include: ['*.ts'],
  });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', '.'], options);
  const places = snippets.map((snippet) => `${fileOf(snippet)} is ${snippet.place}`);
  assert.equal(status, 0, `${stdout}\n${places.join('\n')}`);
}

before(async () => {
  broker = await startBroker({ threads: 1, settings: { 'system.memory_pool.size': '256 MiB' } });
  linkPackage();
  compile();
});

after(async () => {
  await broker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function run(snippet: Snippet): Promise<{ code: number | null; output: string }> {
  const cwd = join(folder, `${fileOf(snippet)}-runs-here`);
  mkdirSync(cwd);
  const child = spawn(process.execPath, [join(folder, 'compiled', `${fileOf(snippet)}.js`)], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_LIMIT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk));
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}

test('programs in the documentation do what the page says', async (context) => {
  assert.ok(snippets.length > 5, 'the programs were not found');
  for (const snippet of snippets) {
    await context.test(snippet.place, async () => {
      const { code, output } = await run(snippet);
      assert.equal(code, 0, output);
      if (snippet.output !== undefined) assert.equal(output, snippet.output);
    });
  }
});
