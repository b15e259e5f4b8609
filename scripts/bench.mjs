// Builds what is not built yet, then measures: Veltro against the ceiling, or what the first
// argument names (benchmarks/README.md).
import { join } from 'node:path';
import { build, isBuildFresh } from './build.mjs';
import { root, run } from './run.mjs';

const [first, ...rest] = process.argv.slice(2);
const isNamed = ['micro', 'peers'].includes(first);
const folder = isNamed ? first : 'ceiling';
if (!isBuildFresh()) build();
const benchmark = join(root, 'dist', 'benchmarks', folder, 'run.js');
run(process.execPath, [benchmark, ...(isNamed ? rest : process.argv.slice(2))]);
