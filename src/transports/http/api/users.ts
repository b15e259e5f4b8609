import * as v from 'valibot';
import { changePassword } from '../../../wire/classic/commands/change-password.ts';
import { createUser } from '../../../wire/classic/commands/create-user.ts';
import { deleteUser } from '../../../wire/classic/commands/delete-user.ts';
import { getUser } from '../../../wire/classic/commands/get-user.ts';
import { getUsers } from '../../../wire/classic/commands/get-users.ts';
import { updatePermissions } from '../../../wire/classic/commands/update-permissions.ts';
import { updateUser } from '../../../wire/classic/commands/update-user.ts';
import { userStatuses } from '../../../wire/classic/structures/user.ts';
import { status } from '../../../wire/status.ts';
import { ApiError, notFound, refused } from '../errors.ts';
import { shortText, word } from './kinds.ts';
import { json, operation } from './operation.ts';
import { permissions, permissionsOf } from './permissions.ts';
import { done, ok } from './replies.ts';
import { user, userDetails, userDetailsShape, userShape } from './shapes.ts';
import { userPath } from './targets.ts';

const tag = 'Users';
const username = shortText('3 to 50 bytes.', 'anna');
const password = shortText('3 to 100 bytes.');
const userStatus = word(['active', 'inactive']);
const optionalPermissions = v.nullish(permissions, null);

const list = operation({
  id: 'getUsers',
  method: 'GET',
  path: '/users',
  tag,
  summary: 'List the users',
  answers: { 200: json('The users by their ids.', v.array(user)) },
  errors: [403],
  async run({ call }) {
    const users = [...(await call.run(getUsers, undefined))];
    users.sort((one, other) => one.id - other.id);
    return ok(users.map(userShape));
  },
});

const create = operation({
  id: 'createUser',
  method: 'POST',
  path: '/users',
  tag,
  summary: 'Create a user',
  body: v.object({ username, password, status: userStatus, permissions: optionalPermissions }),
  answers: { 200: json('The new user.', userDetails) },
  errors: [403],
  async run({ call }, { body }) {
    const created = await call.run(createUser, {
      username: body.username,
      password: body.password,
      status: userStatuses[body.status],
      permissions: body.permissions === null ? null : permissionsOf(body.permissions),
    });
    return ok(userDetailsShape(created));
  },
});

const read = operation({
  id: 'getUser',
  method: 'GET',
  path: '/users/{user_id}',
  tag,
  summary: 'Describe a user',
  description: 'Everybody may see their own account.',
  pathSchema: userPath,
  answers: { 200: json('The user.', userDetails) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const found = await call.run(getUser, { userId: path.user_id });
    if (found === null) throw notFound();
    return ok(userDetailsShape(found));
  },
});

const update = operation({
  id: 'updateUser',
  method: 'PUT',
  path: '/users/{user_id}',
  tag,
  summary: 'Rename or deactivate a user',
  pathSchema: userPath,
  body: v.object({ username: v.nullish(username, null), status: v.nullish(userStatus, null) }),
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    await call.run(updateUser, {
      userId: path.user_id,
      username: body.username,
      status: body.status === null ? null : userStatuses[body.status],
    });
    return done();
  },
});

const remove = operation({
  id: 'deleteUser',
  method: 'DELETE',
  path: '/users/{user_id}',
  tag,
  summary: 'Delete a user',
  pathSchema: userPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path }) {
    await call.run(deleteUser, { userId: path.user_id });
    return done();
  },
});

const changePermissions = operation({
  id: 'updatePermissions',
  method: 'PUT',
  path: '/users/{user_id}/permissions',
  tag,
  summary: 'Replace what a user may do',
  pathSchema: userPath,
  body: v.object({ permissions: optionalPermissions }),
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    const replaced = body.permissions === null ? null : permissionsOf(body.permissions);
    await call.run(updatePermissions, { userId: path.user_id, permissions: replaced });
    return done();
  },
});

const setPassword = operation({
  id: 'changePassword',
  method: 'PUT',
  path: '/users/{user_id}/password',
  tag,
  summary: 'Change a password',
  pathSchema: userPath,
  body: v.object({ current_password: password, new_password: password }),
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    const { current_password: currentPassword, new_password: newPassword } = body;
    try {
      await call.run(changePassword, { userId: path.user_id, currentPassword, newPassword });
    } catch (error) {
      throw passwordFailure(error);
    }
    return done();
  },
});

/**
 * As an answer to a login a wrong password is a 401; here the caller is known, and its token holds.
 * What cannot be a password is the new one.
 */
function passwordFailure(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { httpStatus, body } = error;
  if (body.id === status.InvalidCredentials) return refused(body.id, undefined, 400);
  if (body.id !== status.InvalidPassword) return error;
  return new ApiError(httpStatus, { ...body, field: 'new_password' });
}

/** Operations on users. */
export const userOperations = [list, create, read, update, remove, changePermissions, setPassword];
