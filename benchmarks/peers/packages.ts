// Packages of three kinds, each by its own package manager from wherever that is set up to look.
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../ceiling/tools.ts';
import { cached, runCommand } from './cache.ts';

/** Builds a Go program of the registry; gives the folder that has its binary. */
export function goProgram(name: string, module: string, version: string): string {
  return cached(name, version, (folder) => {
    runCommand('go', ['install', `${module}@v${version}`], { env: { GOBIN: folder } });
  });
}

/** Builds the load generator in Go; gives the path of its binary. */
export function goGenerator(): string {
  const source = join(projectFolder, 'benchmarks', 'peers', 'generator');
  const hash = createHash('sha256');
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)));
  const folder = cached('generator', hash.digest('hex').slice(0, 16), (target) => {
    runCommand('go', ['build', '-o', join(target, 'generator'), '.'], { cwd: source });
  });
  return join(folder, 'generator');
}

/** The version of a Debian package that would be installed now. */
export function debianVersion(name: string): string {
  const shown = runCommand('apt-cache', ['show', '--no-all-versions', name]);
  const version = /^Version: (\S+)$/m.exec(shown)?.[1];
  if (version === undefined) throw new Error(`apt-cache knows no version of ${name}`);
  return version;
}

/** Unpacks Debian packages, without installing them; gives the folder that stands for `/`. */
export function debianPackages(names: readonly string[], version: string): string {
  return cached(names[0], version, (folder) => {
    runCommand('apt-get', ['download', ...names], { cwd: folder });
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      runCommand('dpkg-deb', ['--extract', file, '.'], { cwd: folder });
    }
  });
}

/** Downloads what a Maven project depends on; gives the folder of the archives. */
export function mavenPackages(name: string, project: string, version: string): string {
  return cached(name, version, (folder) => {
    const pom = join(folder, 'pom.xml');
    copyFileSync(join(projectFolder, 'benchmarks', 'peers', project), pom);
    const target = `-DoutputDirectory=${folder}`;
    const goal = 'dependency:copy-dependencies';
    runCommand('mvn', [goal, '--quiet', '--batch-mode', '--file', pom, target]);
  });
}
