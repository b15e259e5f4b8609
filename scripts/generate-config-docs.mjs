// Writes config/veltro.toml and docs/reference/configuration.md from the schema of the build, or of
// the build folder that is given as an argument.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

const built = resolve(root, process.argv[2] ?? 'dist', 'config', 'documentation.js');
const { configurationReference, defaultToml } = await import(pathToFileURL(built).href);

mkdirSync(join(root, 'docs', 'reference'), { recursive: true });
writeFileSync(join(root, 'config', 'veltro.toml'), defaultToml());
writeFileSync(join(root, 'docs', 'reference', 'configuration.md'), configurationReference());
