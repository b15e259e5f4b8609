import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Attributes, Histogram, SpanKind, SpanStatusCode, Tracer } from '@opentelemetry/api';
import type { EndedCommandMessage } from '../diagnostics/channels.ts';
import { pollMessages } from '../wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../wire/classic/commands/store-consumer-offset.ts';
import { STATUS_OK, statusName, statusText } from '../wire/status.ts';
import type { Providers } from './providers.ts';

/** What the semantic conventions call the commands that have a word there. */
const operationTypes: Readonly<Record<string, string>> = {
  [sendMessages.name]: 'send',
  [pollMessages.name]: 'receive',
  [storeConsumerOffset.name]: 'settle',
};

const SYSTEM = 'veltro';
const MS_PER_SECOND = 1000;
/** Of the histogram of durations, in seconds: a request takes far less than the SDK's 5 ms. */
const durationBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * A span and a duration for each command of one broker, by the channel that commands end in. The
 * attributes are those of the semantic conventions for messaging, as far as there are some.
 */
export class CommandSpans {
  readonly #broker: string;
  readonly #tracer: Tracer;
  readonly #durations: Histogram;
  readonly #kind: SpanKind;
  readonly #failed: SpanStatusCode;
  readonly #onEnded = (message: unknown) => this.#record(message as EndedCommandMessage);

  constructor(broker: string, { api, tracer, meter }: Providers) {
    this.#broker = broker;
    this.#tracer = tracer;
    this.#kind = api.SpanKind.SERVER;
    this.#failed = api.SpanStatusCode.ERROR;
    this.#durations = meter.createHistogram('veltro.command.duration', {
      description: 'Time from taking a request to its answer.',
      unit: 's',
      advice: { explicitBucketBoundaries: durationBounds },
    });
    subscribe('veltro.command.ended', this.#onEnded);
  }

  stop(): void {
    unsubscribe('veltro.command.ended', this.#onEnded);
  }

  #record(message: EndedCommandMessage): void {
    if (message.broker !== this.#broker) return;
    const { command, status, startedMs, durationMs } = message;
    const destination = destinationOf(message);
    const span = this.#tracer.startSpan(
      destination === undefined ? command : `${command} ${destination}`,
      { kind: this.#kind, startTime: startedMs, attributes: spanAttributes(message) },
    );
    if (status !== STATUS_OK) {
      span.setStatus({ code: this.#failed, message: statusText(status) });
    }
    span.end(startedMs + durationMs);
    this.#durations.record(durationMs / MS_PER_SECOND, commonAttributes(message));
  }
}

/** Topics have their names within a stream. */
function destinationOf({ stream, topic }: EndedCommandMessage): string | undefined {
  return topic === undefined ? undefined : `${stream}/${topic}`;
}

function commonAttributes({ command, status }: EndedCommandMessage): Attributes {
  return {
    'messaging.system': SYSTEM,
    'messaging.operation.name': command,
    'messaging.operation.type': operationTypes[command],
    'error.type': status === STATUS_OK ? undefined : statusName(status),
  };
}

function spanAttributes(message: EndedCommandMessage): Attributes {
  const { address, transport, clientId, partitionId, group, messagesCount } = message;
  const colon = address.lastIndexOf(':');
  return {
    ...commonAttributes(message),
    'messaging.client.id': String(clientId),
    'messaging.destination.name': destinationOf(message),
    'messaging.destination.partition.id': partitionId?.toString(),
    'messaging.consumer.group.name': group,
    'messaging.batch.message_count': messagesCount,
    'client.address': address.slice(0, colon).replace(/^\[|\]$/g, ''),
    'client.port': Number(address.slice(colon + 1)),
    'network.protocol.name': transport,
    'veltro.request.size': message.requestBytes,
    'veltro.response.size': message.responseBytes,
    'veltro.status': message.status,
  };
}
