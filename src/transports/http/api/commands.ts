import * as v from 'valibot';
import { getMe } from '../../../wire/classic/commands/get-me.ts';
import { joinConsumerGroup } from '../../../wire/classic/commands/join-consumer-group.ts';
import { leaveConsumerGroup } from '../../../wire/classic/commands/leave-consumer-group.ts';
import { loginUser } from '../../../wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../../../wire/classic/commands/login-with-personal-access-token.ts';
import { logoutUser } from '../../../wire/classic/commands/logout-user.ts';
import { sendMessages } from '../../../wire/classic/commands/send-messages.ts';
import { codecs } from '../../../wire/classic/commands.ts';
import { status } from '../../../wire/status.ts';
import { notFound, refused } from '../errors.ts';
import { binaryBatch } from './batches.ts';
import { text } from './kinds.ts';
import { operation, type Reply } from './operation.ts';
import { binaryAnswer } from './polled.ts';

const PAYLOAD_TYPE = 'application/vnd.veltro.payload';

/** Commands about the connection that they come by, which a caller over HTTP has not. */
const aboutConnection: ReadonlySet<number> = new Set(
  [
    getMe,
    joinConsumerGroup,
    leaveConsumerGroup,
    loginUser,
    loginWithPersonalAccessToken,
    logoutUser,
  ].map(({ code }) => code),
);

const codes = new Map(codecs.map(({ name, code }) => [name, code]));

const runCommand = operation({
  id: 'runCommand',
  method: 'POST',
  path: '/commands/{command}',
  tag: 'Commands of the binary protocol',
  summary: 'Run a command of the binary protocol',
  description:
    'For client libraries, which have codecs for all commands and speak them over HTTP as well. ' +
    'The body is the payload of the request, the answer that of the response. Batches and polled ' +
    'messages pass as they are stored, so that this costs the broker next to nothing. What is ' +
    'about a connection, such as to join a group, is refused.',
  pathSchema: v.object({ command: text('Name of the command.', 'message.send') }),
  bodies: [{ contentType: PAYLOAD_TYPE, description: 'The payload, without the frame around it.' }],
  answers: {
    200: { description: 'The payload of the response.', content: { [PAYLOAD_TYPE]: null } },
  },
  errors: [403, 404, 413, 415],
  async run({ call }, { path, bytes }): Promise<Reply> {
    const code = codes.get(path.command);
    if (code === undefined) throw notFound(`There is no command ${path.command}.`);
    if (aboutConnection.has(code)) {
      throw refused(status.FeatureUnavailable, `${path.command} is not offered over HTTP`);
    }
    if (code === sendMessages.code) {
      await call.send(binaryBatch(bytes));
      return { status: 200, contentType: PAYLOAD_TYPE, body: '' };
    }
    const answer = await call.runPayload(code, bytes, (exchange) => binaryAnswer(exchange, call));
    const { bytes: body, release: onSent } = answer;
    return { status: 200, contentType: PAYLOAD_TYPE, body, onSent, isIncompressible: true };
  },
});

/** Operations that are commands as they are. */
export const commandOperations = [runCommand];
