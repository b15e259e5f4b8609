/** A part of the program, by its folder; `entry` is `src/index.ts`. */
export type Layer = string;

/**
 * The layers from top to bottom. A file may import files of its own layer and of the rows below;
 * two layers of one row do not know each other.
 */
const rows: readonly (readonly Layer[])[] = [
  ['entry'],
  ['cli', 'benchmarks'],
  ['bench'],
  ['client', 'broker'],
  ['telemetry'],
  ['transports', 'metrics'],
  ['commands'],
  ['catalog', 'groups', 'security'],
  ['workers'],
  ['shards'],
  ['storage'],
  ['memory', 'files', 'encryption', 'quic', 'diagnostics'],
  ['wire'],
];

/** Layers that may know less than the rows say: so they can be used, or moved, by themselves. */
const narrow: Readonly<Record<Layer, readonly Layer[]>> = {
  client: ['quic', 'wire'],
  workers: ['shards'],
};

/** Who reads the configuration; all others are given the values they need. */
const readersOfConfig: readonly Layer[] = ['entry', 'cli', 'broker'];
/** All that the configuration knows of the sources. */
const knownToConfig: readonly string[] = ['src/wire/limits.ts', 'src/wire/acknowledgement.ts'];

/** The layer of a file outside `tests`. */
export function layerOf(path: string): Layer {
  const [folder, second, third] = path.split('/');
  if (folder !== 'src') return folder;
  return third === undefined ? 'entry' : second;
}

/** Why a file must not import another one; undefined when it may. */
export function objection(from: string, to: string): string | undefined {
  const [source, target] = [layerOf(from), layerOf(to)];
  const problem = source === target ? undefined : whyNot(source, target, to);
  return problem === undefined ? undefined : `${from} imports ${to}: ${problem}.`;
}

function whyNot(source: Layer, target: Layer, to: string): string | undefined {
  if (target === 'tests') return 'only tests know tests';
  if (source === 'config') {
    const known = knownToConfig.join(', ');
    return knownToConfig.includes(to) ? undefined : `config knows nothing but ${known}`;
  }
  if (target === 'config') {
    const readers = readersOfConfig.join(', ');
    return readersOfConfig.includes(source) ? undefined : `config is for ${readers}`;
  }
  const known = narrow[source];
  if (known !== undefined) {
    return known.includes(target) ? undefined : `${source} knows nothing but ${known.join(', ')}`;
  }
  return rowOf(source) < rowOf(target) ? undefined : `${target} is not below ${source}`;
}

function rowOf(layer: Layer): number {
  const row = rows.findIndex((layers) => layers.includes(layer));
  if (row < 0) throw new Error(`The folder ${layer} has no place among the layers.`);
  return row;
}
