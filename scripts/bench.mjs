// Builds what is not built yet, then runs a benchmark (benchmarks/README.md): the one that is
// named, or without a name the comparison with the ceiling.
import { join } from 'node:path';
import { build, isBuildFresh } from './build.mjs';
import { root, run } from './run.mjs';

if (!isBuildFresh()) build();
const [name, ...rest] = process.argv.slice(2);
const isNamed = ['micro', 'peers', 'requests', 'startup', 'costs', 'heap'].includes(name);
const benchmark = join(root, 'dist', 'benchmarks', isNamed ? name : 'ceiling', 'run.js');
run(process.execPath, [benchmark, ...(isNamed ? rest : process.argv.slice(2))]);
