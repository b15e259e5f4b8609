import * as v from 'valibot';
import { createPersonalAccessToken } from '../../../wire/classic/commands/create-personal-access-token.ts';
import { deletePersonalAccessToken } from '../../../wire/classic/commands/delete-personal-access-token.ts';
import { getPersonalAccessTokens } from '../../../wire/classic/commands/get-personal-access-tokens.ts';
import { loginUser } from '../../../wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../../../wire/classic/commands/login-with-personal-access-token.ts';
import { status } from '../../../wire/status.ts';
import { ApiError, refused } from '../errors.ts';
import { shortText, text, u64 } from './kinds.ts';
import { type ApiServices, json, operation, type Reply } from './operation.ts';
import { done, ok } from './replies.ts';
import { identity, rawToken, tokenInfo, tokenInfoShape } from './shapes.ts';

const tag = 'Logging in';

const login = operation({
  id: 'login',
  method: 'POST',
  path: '/users/login',
  tag,
  summary: 'Log in with a password',
  audience: 'everybody',
  body: v.object({
    username: shortText('Name of the user.', 'iggy'),
    password: shortText('Password of the user.', 'iggy'),
    version: v.nullish(text('Version of the client, for the log.'), ''),
    context: v.nullish(text('What the client says of itself, for the log.'), ''),
  }),
  answers: { 200: json('Who logged in, and the token to show from now on.', identity) },
  errors: [401],
  async run({ call, services }, { body }) {
    const { version, context, ...credentials } = body;
    const { userId } = await call.run(loginUser, {
      ...credentials,
      version: version ?? '',
      context: context ?? '',
    });
    return identityReply(services, userId);
  },
});

const loginByToken = operation({
  id: 'loginWithPersonalAccessToken',
  method: 'POST',
  path: '/personal-access-tokens/login',
  tag,
  summary: 'Log in with a personal access token',
  audience: 'everybody',
  body: v.object({ token: shortText('The personal access token.') }),
  answers: { 200: json('Who logged in, and the token to show from now on.', identity) },
  errors: [401],
  async run({ call, services }, { body }) {
    try {
      const { userId } = await call.run(loginWithPersonalAccessToken, body);
      return identityReply(services, userId);
    } catch (error) {
      throw isUnknownToken(error) ? refused(status.InvalidPersonalAccessToken) : error;
    }
  },
});

/** To TCP an unknown token is a thing that was not found; here it is a login that failed. */
function isUnknownToken(error: unknown): boolean {
  return error instanceof ApiError && error.body.id === status.ResourceNotFound;
}

const refresh = operation({
  id: 'refreshToken',
  method: 'POST',
  path: '/users/refresh-token',
  tag,
  summary: 'Exchange a token that is still valid for a new one',
  description: 'The old one is revoked. Tokens of trusted issuers cannot be exchanged.',
  audience: 'everybody',
  body: v.object({ token: text('The token to exchange.') }),
  answers: { 200: json('Who logged in, and the token to show from now on.', identity) },
  errors: [401],
  async run({ services }, { body }) {
    return identityReply(services, await services.callers.exchange(body.token));
  },
});

async function identityReply({ callers }: ApiServices, userId: number): Promise<Reply> {
  const { token, expiresAt } = await callers.issue(userId);
  return ok({ user_id: userId, access_token: { token, expiry: expiresAt } });
}

const logout = operation({
  id: 'logout',
  method: 'DELETE',
  path: '/users/logout',
  tag,
  summary: 'Revoke the token of this request',
  answers: { 204: { description: 'The token is of no use any more.' } },
  async run({ services, token }) {
    if (token !== undefined) await services.callers.revoke(token);
    return done();
  },
});

const list = operation({
  id: 'getPersonalAccessTokens',
  method: 'GET',
  path: '/personal-access-tokens',
  tag,
  summary: 'List the own personal access tokens',
  answers: { 200: json('The tokens by their names, without their texts.', v.array(tokenInfo)) },
  async run({ call }) {
    const tokens = [...(await call.run(getPersonalAccessTokens, undefined))];
    tokens.sort((one, other) => (one.name < other.name ? -1 : 1));
    return ok(tokens.map(tokenInfoShape));
  },
});

const create = operation({
  id: 'createPersonalAccessToken',
  method: 'POST',
  path: '/personal-access-tokens',
  tag,
  summary: 'Create a personal access token',
  body: v.object({ name: shortText('3 to 30 bytes.', 'backup'), expiry: u64 }),
  answers: { 200: json('The token, which is shown this once.', rawToken) },
  async run({ call }, { body }) {
    const { name, expiry: expiryMicros } = body;
    return ok(await call.run(createPersonalAccessToken, { name, expiryMicros }));
  },
});

const remove = operation({
  id: 'deletePersonalAccessToken',
  method: 'DELETE',
  path: '/personal-access-tokens/{name}',
  tag,
  summary: 'Delete a personal access token',
  pathSchema: v.object({ name: shortText('Name of the token.') }),
  answers: { 204: { description: 'It is done.' } },
  errors: [404],
  async run({ call }, { path }) {
    await call.run(deletePersonalAccessToken, path);
    return done();
  },
});

/** Operations on who somebody is. */
export const sessionOperations = [login, loginByToken, refresh, logout, list, create, remove];
