export { ConfigError, type RootCredentials } from '../config/config.ts';
export { Broker } from './broker/broker.ts';
export { DataDirLocked } from './broker/data-lock.ts';
export type { Logger } from './broker/logger.ts';
export type { BrokerOptions } from './broker/options.ts';
export { CatalogDamage, EncryptionMismatch } from './catalog/record-file.ts';
export { connect } from './client/client.ts';
export * from './client/public.ts';
export type {
  BrokerMessage,
  CatalogMessage,
  ChannelMessages,
  CommandMessage,
  ConnectionMessage,
  EndedCommandMessage,
  FailedLoginMessage,
  GroupMessage,
  PartitionMessage,
  RemovalMessage,
  RemovalReason,
  SegmentMessage,
  ShardDeathMessage,
  ShardReturnMessage,
  StartMessage,
  StopMessage,
} from './diagnostics/channels.ts';
