import type { TopicSettings as StoredSettings } from '../catalog/state.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import {
  compressionAlgorithms,
  SERVER_DEFAULT,
  type TopicSettings,
  UNLIMITED,
} from '../wire/classic/structures/topic.ts';
import type { TopicRequestExtension } from '../wire/classic/structures/topic-extension.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { CommandSettings } from './services.ts';
import type { Session } from './session.ts';

const knownAlgorithms: readonly number[] = Object.values(compressionAlgorithms);

/** Refuses a compression that the protocol does not have (status 3). */
export function assertCompression(settings: TopicSettings): void {
  if (knownAlgorithms.includes(settings.compressionAlgorithm)) return;
  throw new WireError(status.InvalidCommand, `compression ${settings.compressionAlgorithm}`);
}

/** Refuses a topic smaller than one segment (status 1019). */
export function assertTopicSize(settings: TopicSettings, { segmentBytes }: CommandSettings): void {
  const { maxSizeBytes } = settings;
  const isGiven = maxSizeBytes !== SERVER_DEFAULT && maxSizeBytes !== UNLIMITED;
  if (isGiven && maxSizeBytes < BigInt(segmentBytes)) {
    throw new WireError(
      status.InvalidTopicSize,
      `max topic size ${maxSizeBytes} is below the segment size ${segmentBytes}`,
    );
  }
}

/** What is kept of a request: the server's defaults filled in where it asks for them. */
export function resolveSettings(
  settings: TopicSettings,
  defaults: CommandSettings,
): StoredSettings {
  const { messageExpiryMicros, maxSizeBytes } = settings;
  return {
    name: settings.name,
    compression: settings.compressionAlgorithm,
    messageExpiry:
      messageExpiryMicros === SERVER_DEFAULT ? defaults.defaultMessageExpiry : messageExpiryMicros,
    maxSize: maxSizeBytes === SERVER_DEFAULT ? defaults.defaultMaxSize : maxSizeBytes,
    replicationFactor: Math.max(1, settings.replicationFactor),
  };
}

/** What is kept of an acknowledgement: null follows the configuration. */
export function storedAcknowledgement(
  session: Session,
  { acknowledgement }: TopicRequestExtension,
  present: Acknowledgement | null,
): Acknowledgement | null {
  if (acknowledgement === undefined || !session.knowsExtensions) return present;
  return acknowledgement;
}
