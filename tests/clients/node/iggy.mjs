// The client's package, from the folder that it was installed into.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.VELTRO_CLIENT_MODULES ?? import.meta.dirname;
const { resolve } = createRequire(join(folder, 'package.json'));
const iggy = await import(pathToFileURL(resolve('apache-iggy')));

export const {
  getRawClient,
  HeaderKeyFactory,
  HeaderValue,
  Partitioning,
  PollingStrategy,
  SimpleClient,
} = iggy;
