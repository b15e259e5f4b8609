import { posix } from 'node:path';
import { isTestFile, projectFiles, textOf } from './project-files.ts';
import { withoutComments } from './source-text.ts';

/** One file that another names. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone after compilation. */
  readonly isTypeOnly: boolean;
}

const IMPORT = /(?:^|\n)(?:import|export)\s+(type\s)?([^'";]*?\s+from\s+)?'(\.[^']+)'/g;
const LATE_IMPORT = /\bimport\('(\.[^']+)'\)/g;
const OWN_URL = /\bnew URL\(\s*'(\.[^']+)',\s*import\.meta\.url/g;

/** Files that a file imports, in any way. */
export function importsOf(path: string, text = textOf(path)): Import[] {
  const code = withoutComments(text);
  const early = [...code.matchAll(IMPORT)].map(([, type, names, target]) =>
    importOf(path, target, type !== undefined || isTypesOnly(names)),
  );
  const late = [...code.matchAll(LATE_IMPORT)].map(([, target]) => importOf(path, target, false));
  return [...early, ...late];
}

/** Files that a file names by URL, such as the code of a worker; what is only built is left out. */
export function workersOf(path: string): string[] {
  return [...withoutComments(textOf(path)).matchAll(OWN_URL)]
    .map(([, target]) => importOf(path, target, false).to.replace(/\.js$/, '.ts'))
    .filter((target) => projectFiles.includes(target));
}

function importOf(from: string, target: string, isTypeOnly: boolean): Import {
  return { from, to: posix.join(posix.dirname(from), target), isTypeOnly };
}

/** True for `{ type A, type B } from`. */
function isTypesOnly(names: string | undefined): boolean {
  const list = /\{([^}]*)\}\s+from/.exec(names ?? '')?.[1];
  if (list === undefined || !/^\s*\{/.test(names ?? '')) return false;
  return list.split(',').every((name) => /^\s*(type\s|$)/.test(name));
}

/** All imports of files that are no tests. */
export function productionImports(paths: readonly string[]): Import[] {
  return paths.filter((path) => !isTestFile(path)).flatMap((path) => importsOf(path));
}

/** A circle of arrows, as the names along it; empty when there is none. */
export function circleIn(arrows: readonly (readonly [from: string, to: string])[]): string[] {
  const next = new Map<string, string[]>();
  for (const [from, to] of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): string[] => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return [];
    for (const target of next.get(name) ?? []) {
      const circle = walk(target, [...path, name]);
      if (circle.length > 0) return circle;
    }
    done.add(name);
    return [];
  };
  for (const name of next.keys()) {
    const circle = walk(name, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
