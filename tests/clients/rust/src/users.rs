//! Logins, users, permissions and personal access tokens.

use crate::arguments::{Arguments, wrong};
use crate::reply::{Outcome, unknown};
use iggy::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    let action = operation.rsplit('.').next().unwrap_or_default();
    if operation.starts_with("token.") {
        return tokens(client, action, arguments).await;
    }
    Ok(match action {
        "login" => {
            let (username, password) = (arguments.text("username")?, arguments.text("password")?);
            let identity = client.login_user(username, password).await?;
            json!({"userId": identity.user_id})
        }
        "logout" => json!(client.logout_user().await?),
        "create" => create(client, arguments).await?,
        "get" => {
            let found = client.get_user(&arguments.identifier("user")?).await?;
            found.map_or(Value::Null, |user| details(json!(user), user.permissions))
        }
        "list" => {
            let found = client.get_users().await?;
            found.iter().map(|user| head(&json!(user))).collect()
        }
        _ => return change(client, action, arguments).await,
    })
}

async fn change(client: &IggyClient, action: &str, arguments: Arguments<'_>) -> Outcome<Value> {
    let user = arguments.identifier("user")?;
    match action {
        "update" => {
            let status = arguments.get("status").map(|_| status(arguments));
            let username = arguments.optional_text("username");
            client
                .update_user(&user, username, status.transpose()?)
                .await?
        }
        "permissions" => {
            client
                .update_permissions(&user, permissions(arguments))
                .await?
        }
        "password" => {
            let (current, next) = (arguments.text("current")?, arguments.text("next")?);
            client.change_password(&user, current, next).await?
        }
        "delete" => client.delete_user(&user).await?,
        _ => return unknown(action),
    }
    Ok(Value::Null)
}

async fn create(client: &IggyClient, arguments: Arguments<'_>) -> Outcome<Value> {
    let (username, password) = (arguments.text("username")?, arguments.text("password")?);
    let status = match arguments.get("status") {
        Some(_) => status(arguments)?,
        None => UserStatus::default(),
    };
    let created = client
        .create_user(username, password, status, permissions(arguments))
        .await?;
    Ok(details(json!(created), created.permissions))
}

fn status(arguments: Arguments) -> Outcome<UserStatus> {
    match arguments.text("status")? {
        "active" => Ok(UserStatus::Active),
        "inactive" => Ok(UserStatus::Inactive),
        _ => Err(wrong("status")),
    }
}

/// What the list and the details of a user have in common.
fn head(user: &Value) -> Value {
    json!({
        "id": user["id"],
        "username": user["username"],
        "status": user["status"],
        "createdAt": user["created_at"].to_string(),
    })
}

fn details(user: Value, permissions: Option<Permissions>) -> Value {
    let mut shown = head(&user);
    shown["permissions"] = permissions.as_ref().map_or(Value::Null, shown_permissions);
    shown
}

async fn tokens(client: &IggyClient, action: &str, arguments: Arguments<'_>) -> Outcome<Value> {
    Ok(match action {
        "login" => {
            let token = arguments.text("token")?;
            let identity = client.login_with_personal_access_token(token).await?;
            json!({"userId": identity.user_id})
        }
        "create" => {
            let expiry = match arguments.get("expiryMicros") {
                Some(_) => {
                    IggyExpiry::ExpireDuration(arguments.decimal::<u64>("expiryMicros")?.into())
                }
                None => IggyExpiry::NeverExpire,
            };
            let name = arguments.text("name")?;
            let created = client.create_personal_access_token(name, expiry).await?;
            json!({"token": created.token})
        }
        "list" => {
            let found = client.get_personal_access_tokens().await?;
            let shown = found.iter().map(|token| {
                let expires_at = token.expiry_at.map(|time| time.as_micros().to_string());
                json!({"name": token.name, "expiresAt": expires_at})
            });
            shown.collect()
        }
        "delete" => {
            let name = arguments.text("name")?;
            json!(client.delete_personal_access_token(name).await?)
        }
        _ => return unknown(action),
    })
}

fn permissions(arguments: Arguments) -> Option<Permissions> {
    let given = Arguments(arguments.get("permissions")?);
    let empty = json!({});
    let global = Arguments(given.get("global").unwrap_or(&empty));
    Some(Permissions {
        global: GlobalPermissions {
            manage_servers: global.flag("manageServers"),
            read_servers: global.flag("readServers"),
            manage_users: global.flag("manageUsers"),
            read_users: global.flag("readUsers"),
            manage_streams: global.flag("manageStreams"),
            read_streams: global.flag("readStreams"),
            manage_topics: global.flag("manageTopics"),
            read_topics: global.flag("readTopics"),
            poll_messages: global.flag("pollMessages"),
            send_messages: global.flag("sendMessages"),
        },
        streams: entries(given, "streams", "streamId", stream_permissions),
    })
}

/// The entries of a list by the number that each of them is about.
fn entries<T>(
    given: Arguments,
    list: &str,
    id: &str,
    read: fn(Arguments) -> T,
) -> Option<BTreeMap<usize, T>> {
    let entries = given.get(list)?.as_array()?.iter().map(Arguments);
    let keyed = entries.map(|entry| (entry.optional_number(id).unwrap_or(0) as usize, read(entry)));
    Some(keyed.collect())
}

fn stream_permissions(stream: Arguments) -> StreamPermissions {
    StreamPermissions {
        manage_stream: stream.flag("manageStream"),
        read_stream: stream.flag("readStream"),
        manage_topics: stream.flag("manageTopics"),
        read_topics: stream.flag("readTopics"),
        poll_messages: stream.flag("pollMessages"),
        send_messages: stream.flag("sendMessages"),
        topics: entries(stream, "topics", "topicId", topic_permissions),
    }
}

fn topic_permissions(topic: Arguments) -> TopicPermissions {
    TopicPermissions {
        manage_topic: topic.flag("manageTopic"),
        read_topic: topic.flag("readTopic"),
        poll_messages: topic.flag("pollMessages"),
        send_messages: topic.flag("sendMessages"),
    }
}

fn shown_permissions(permissions: &Permissions) -> Value {
    let streams = permissions.streams.iter().flatten().map(|(id, stream)| {
        let mut shown = in_camel_case(json!(stream));
        let topics = stream.topics.iter().flatten().map(|(id, topic)| {
            let mut shown = in_camel_case(json!(topic));
            shown["topicId"] = json!(id);
            shown
        });
        shown["topics"] = topics.collect();
        shown["streamId"] = json!(id);
        shown
    });
    let streams: Value = streams.collect();
    json!({"global": in_camel_case(json!(permissions.global)), "streams": streams})
}

/// `manage_servers` becomes `manageServers`.
fn in_camel_case(object: Value) -> Value {
    let renamed: Map<String, Value> = object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (camel_case(name), value.clone()))
        .collect();
    Value::Object(renamed)
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut joined = words.next().unwrap_or_default().to_string();
    for word in words {
        joined.push_str(&word[..1].to_uppercase());
        joined.push_str(&word[1..]);
    }
    joined
}
