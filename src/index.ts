export { ConfigError, type RootCredentials } from '../config/config.ts';
export { Broker } from './broker/broker.ts';
export { DataDirLocked } from './broker/data-lock.ts';
export type { BrokerOptions } from './broker/options.ts';
export { CatalogDamage } from './catalog/record-file.ts';
