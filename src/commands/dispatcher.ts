import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { encodeResponse } from '../wire/classic/frame.ts';
import { Reader } from '../wire/reader.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { ArrivingSend } from './arriving-send.ts';
import { handleChangePassword } from './change-password.ts';
import { CommandTrace, isTraced } from './command-trace.ts';
import { handleCreateConsumerGroup } from './create-consumer-group.ts';
import { handleCreatePartitions } from './create-partitions.ts';
import { handleCreatePersonalAccessToken } from './create-personal-access-token.ts';
import { handleCreateStream } from './create-stream.ts';
import { handleCreateTopic } from './create-topic.ts';
import { handleCreateUser } from './create-user.ts';
import { handleDeleteConsumerGroup } from './delete-consumer-group.ts';
import { handleDeleteConsumerOffset } from './delete-consumer-offset.ts';
import { handleDeletePartitions } from './delete-partitions.ts';
import { handleDeletePersonalAccessToken } from './delete-personal-access-token.ts';
import { handleDeleteSegments } from './delete-segments.ts';
import { handleDeleteStream } from './delete-stream.ts';
import { handleDeleteTopic } from './delete-topic.ts';
import { handleDeleteUser } from './delete-user.ts';
import type { Exchange } from './exchange.ts';
import { handleFlushUnsavedBuffer } from './flush-unsaved-buffer.ts';
import { handleGetClient } from './get-client.ts';
import { handleGetClients } from './get-clients.ts';
import { handleGetClusterMetadata } from './get-cluster-metadata.ts';
import { handleGetConsumerGroup } from './get-consumer-group.ts';
import { handleGetConsumerGroups } from './get-consumer-groups.ts';
import { handleGetConsumerOffset } from './get-consumer-offset.ts';
import { handleGetMe } from './get-me.ts';
import { handleGetPersonalAccessTokens } from './get-personal-access-tokens.ts';
import { handleGetSnapshot } from './get-snapshot.ts';
import { handleGetStats } from './get-stats.ts';
import { handleGetStream } from './get-stream.ts';
import { handleGetStreams } from './get-streams.ts';
import { handleGetTopic } from './get-topic.ts';
import { handleGetTopics } from './get-topics.ts';
import { handleGetUser } from './get-user.ts';
import { handleGetUsers } from './get-users.ts';
import type { ControlHandler, DataHandler } from './handler.ts';
import { handleJoinConsumerGroup } from './join-consumer-group.ts';
import { handleLeaveConsumerGroup } from './leave-consumer-group.ts';
import { handleLoginUser } from './login-user.ts';
import { handleLoginWithPersonalAccessToken } from './login-with-personal-access-token.ts';
import { handleLogoutUser } from './logout-user.ts';
import { handlePing } from './ping.ts';
import { handlePollMessages } from './poll-messages.ts';
import { handlePurgeStream } from './purge-stream.ts';
import { handlePurgeTopic } from './purge-topic.ts';
import { type ReceivedFrame, routeSend, startSendMessages } from './send-messages.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';
import { handleStoreConsumerOffset } from './store-consumer-offset.ts';
import { handleUpdatePermissions } from './update-permissions.ts';
import { handleUpdateStream } from './update-stream.ts';
import { handleUpdateTopic } from './update-topic.ts';
import { handleUpdateUser } from './update-user.ts';

const controlHandlers = [
  handlePing,
  handleGetStats,
  handleGetSnapshot,
  handleGetClusterMetadata,
  handleGetMe,
  handleGetClient,
  handleGetClients,
  handleGetUser,
  handleGetUsers,
  handleCreateUser,
  handleDeleteUser,
  handleUpdateUser,
  handleUpdatePermissions,
  handleChangePassword,
  handleLoginUser,
  handleLogoutUser,
  handleGetPersonalAccessTokens,
  handleCreatePersonalAccessToken,
  handleDeletePersonalAccessToken,
  handleLoginWithPersonalAccessToken,
  handleGetStream,
  handleGetStreams,
  handleCreateStream,
  handleDeleteStream,
  handleUpdateStream,
  handlePurgeStream,
  handleGetTopic,
  handleGetTopics,
  handleCreateTopic,
  handleDeleteTopic,
  handleUpdateTopic,
  handlePurgeTopic,
  handleCreatePartitions,
  handleDeletePartitions,
  handleDeleteSegments,
  handleGetConsumerGroup,
  handleGetConsumerGroups,
  handleCreateConsumerGroup,
  handleDeleteConsumerGroup,
  handleJoinConsumerGroup,
  handleLeaveConsumerGroup,
] as unknown as readonly ControlHandler<unknown, unknown>[];

const dataHandlers = [
  handlePollMessages,
  handleFlushUnsavedBuffer,
  handleGetConsumerOffset,
  handleStoreConsumerOffset,
  handleDeleteConsumerOffset,
] as unknown as readonly DataHandler<unknown>[];

/**
 * Finds the handler of a request, checks what all commands have in common, and turns errors into
 * statuses. The same for every transport.
 */
export class Dispatcher {
  readonly #services: Services;
  readonly #control = new Map(controlHandlers.map((handler) => [handler.codec.code, handler]));
  readonly #data = new Map(dataHandlers.map((handler) => [handler.codec.code, handler]));
  readonly #onBug: (error: Error) => void;
  /** Of the payload that is read now. */
  readonly #reader = new Reader(new Uint8Array(0));

  /** `onBug` hears of errors that are no answer to a request: mistakes in this program. */
  constructor(services: Services, onBug: (error: Error) => void) {
    this.#services = services;
    this.#onBug = onBug;
  }

  /** True for requests of which one connection may have several under way. */
  mayOverlap(code: number): boolean {
    return code === sendMessages.code || this.#data.has(code);
  }

  /** True for the one command whose payload must be in the acceptor's memory. */
  isSendMessages(code: number): boolean {
    return code === sendMessages.code;
  }

  /** The status of a request that is too large to be looked at before login. */
  refusalBeforeLogin(code: number): number {
    const codec = (this.#control.get(code) ?? this.#data.get(code))?.codec;
    const isOpen = codec === undefined || codec.permission === 'none';
    return isOpen ? status.InvalidCommand : status.Unauthenticated;
  }

  /** True when every shard that works can take another request. */
  hasRoom(): boolean {
    for (const link of this.#services.router.links) if (link.isUp && !link.hasRoom()) return false;
    return true;
  }

  /**
   * Starts any command but SendMessages, whose payload are the bytes from `start` up to `end`. They
   * may be overwritten when this returns.
   */
  dispatch(exchange: Exchange, code: number, bytes: Uint8Array, start: number, end: number): void {
    this.#begin(exchange, code, end - start);
    const reader = this.#reader.restart(bytes, start, end);
    try {
      const control = this.#control.get(code);
      if (control !== undefined) return this.#startControl(control, exchange, reader);
      const data = this.#data.get(code);
      if (data === undefined) throw new WireError(status.InvalidCommand, `code ${code}`);
      const request = data.codec.readRequest(reader);
      this.#services.access.assertCommand(exchange.session, data.codec);
      data.start(this.#services, exchange, request);
    } catch (error) {
      this.#refuse(exchange, error as Error);
    }
  }

  /** For the large frames of one connection. */
  newArrivingSend(): ArrivingSend {
    return new ArrivingSend(this.#services.router.earlyStamping);
  }

  /** A frame begins to arrive; its routing is there. What is wrong is said when it is whole. */
  beginSend(session: Session, frame: ReceivedFrame, arriving: ArrivingSend): void {
    try {
      this.#services.access.assertCommand(session, sendMessages);
      arriving.begin(routeSend(this.#services, session, frame, this.#reader));
    } catch {
      arriving.end();
    }
  }

  /** Starts SendMessages. The frame's memory is taken over in any case. */
  dispatchSend(exchange: Exchange, frame: ReceivedFrame, arriving?: ArrivingSend): void {
    this.#begin(exchange, sendMessages.code, frame.bytes);
    try {
      this.#services.access.assertCommand(exchange.session, sendMessages);
      startSendMessages(this.#services, exchange, frame, this.#reader, arriving);
    } catch (error) {
      if (!arriving?.abandon()) this.#services.router.freeFrame(frame.allocation);
      this.#refuse(exchange, error as Error);
    } finally {
      arriving?.end();
    }
  }

  #begin(exchange: Exchange, code: number, bytes: number): void {
    this.#services.requests.begin(code);
    if (isTraced()) exchange.trace = new CommandTrace(this.#services, exchange, code, bytes);
  }

  #startControl(
    handler: ControlHandler<unknown, unknown>,
    exchange: Exchange,
    reader: Reader,
  ): void {
    const { codec } = handler;
    const request = codec.readRequest(reader);
    this.#services.access.assertCommand(exchange.session, codec);
    const response = handler.handle(this.#services, exchange.session, request);
    const finish = (value: unknown) => exchange.finish(STATUS_OK, encodeResponse(codec, value));
    if (!(response instanceof Promise)) return finish(response);
    response.then(finish).catch((error: Error) => this.#refuse(exchange, error));
  }

  #refuse(exchange: Exchange, error: Error): void {
    if (error instanceof WireError) return exchange.fail(error.code, error.message);
    this.#onBug(error);
    exchange.fail(status.Error);
  }
}
