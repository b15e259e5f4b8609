// Builds what is not built yet, then measures Veltro against the ceiling (benchmarks/README.md).
import { join } from 'node:path';
import { build, isBuildFresh } from './build.mjs';
import { root, run } from './run.mjs';

if (!isBuildFresh()) build();
const benchmark = join(root, 'dist', 'benchmarks', 'ceiling', 'run.js');
run(process.execPath, [benchmark, ...process.argv.slice(2)]);
