import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

/** Keys of `data_maintenance`. */
export const dataMaintenanceKeys = [
  {
    key: 'data_maintenance.messages.cleaner_enabled',
    field: 'dataMaintenance.messages.cleanerEnabled',
    format: 'flag',
    default: true,
    doc:
      'Remove messages that have passed the expiry of their topic, and the oldest ones of a ' +
      'topic that reaches its size limit. Topics with neither are never touched.',
    since,
  },
  {
    key: 'data_maintenance.messages.interval',
    field: 'dataMaintenance.messages.intervalMs',
    format: 'duration',
    default: '1 m',
    ...timeoutBounds,
    doc: 'How often topics are looked at for messages to remove.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
