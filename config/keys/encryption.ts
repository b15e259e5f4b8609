import { type KeyDefinition, since } from './definition.ts';

/** Keys of `system.encryption`. */
export const encryptionKeys = [
  {
    key: 'system.encryption.enabled',
    field: 'system.encryption.enabled',
    format: 'flag',
    default: false,
    doc:
      'Encrypt payloads and user headers of messages, and the catalog, in the data directory ' +
      '(AES-256-GCM). Begins with an empty directory, and stays as it began.',
    since,
  },
  {
    key: 'system.encryption.key',
    field: 'system.encryption.key',
    format: 'encryption-key',
    isSecret: true,
    default: '',
    doc:
      'The key, unless it is in a file. Better in the environment than in a configuration file. ' +
      'Nobody can read the directory without it, and it cannot be changed.',
    since,
  },
  {
    key: 'system.encryption.key_file',
    field: 'system.encryption.keyFile',
    format: 'optional-path',
    default: '',
    doc: 'File that holds the key, in the same form; only the user of the broker should read it.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
