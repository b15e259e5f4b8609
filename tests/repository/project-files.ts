import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/project-root.ts';

const LISTING_BYTES_MAX = 16 * 1024 * 1024;
/** Where no file of the project is, for a copy that git does not know. */
const FOREIGN_FOLDERS = ['node_modules', 'dist', 'local_data', '.git'];

/** The folder of package.json. */
export const root = projectRoot();

/** Paths of the project's files from its root, with `/`, sorted: what git tracks or would track. */
export const projectFiles: readonly string[] = (listedByGit() ?? listedBelow('')).sort();

const texts = new Map<string, string>();

/** The text of a file of the project, read once. */
export function textOf(path: string): string {
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(join(root, path), 'utf8');
    texts.set(path, text);
  }
  return text;
}

/**
 * TypeScript that the compiler builds; the kernel is AssemblyScript and has a compiler of its own.
 */
export const sourceFiles: readonly string[] = projectFiles.filter(
  (path) => path.endsWith('.ts') && !path.startsWith('workers/kernel/'),
);

/** True for tests and what only they use. */
export function isTestFile(path: string): boolean {
  return path.startsWith('tests/') || /\.(test|long)\.ts$|-test-[a-z]+\.ts$/.test(path);
}

function listedByGit(): string[] | undefined {
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: LISTING_BYTES_MAX } as const;
  const { status, stdout } = spawnSync('git', words, options);
  if (status !== 0) return undefined;
  // A conflict lists a file several times, a deleted one is listed until the next commit.
  const paths = new Set(stdout.split('\0').filter((path) => path !== ''));
  return [...paths].filter((path) => isFile(path));
}

function isFile(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false;
}

function listedBelow(folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) paths.push(path);
    else if (isOwnFolder(entry.name)) paths.push(...listedBelow(path));
  }
  return paths;
}

function isOwnFolder(name: string): boolean {
  return !FOREIGN_FOLDERS.includes(name) && !name.startsWith('.build-');
}
