//! What the client cannot do over HTTP, and what it tells of errors there.

use crate::arguments::Arguments;
use crate::reply::{Failure, Outcome};
use iggy::prelude::locking::IggyRwLockFn;
use iggy::prelude::*;
use serde_json::Value;

/// The code of a status that the client does not know.
const UNKNOWN: u32 = 1;

pub async fn is_spoken_by(client: &IggyClient) -> bool {
    matches!(*client.client().read().await, ClientWrapper::Http(_))
}

/// Fails when the client does not do what a line says.
pub fn check(operation: &str, arguments: Arguments) -> Outcome<()> {
    let is_reading = operation.starts_with("offset.") || operation == "message.poll";
    if is_reading && arguments.get("group").is_some() {
        return Err(Failure::NotOffered(
            "over HTTP the client reads as a consumer only",
        ));
    }
    if operation == "message.send" && has_large_id(arguments)? {
        return Err(Failure::NotOffered(
            "over HTTP the client panics over ids of more than 64 bits",
        ));
    }
    Ok(())
}

fn has_large_id(arguments: Arguments) -> Outcome<bool> {
    let messages = arguments.list("messages")?.iter().map(Arguments);
    let mut ids = messages.filter_map(|message| message.optional_text("id"));
    Ok(ids.any(|id| id.parse::<u64>().is_err()))
}

/// The client passes on what the broker said as a text, and of a 401 not even that: why a login was
/// refused it does not know.
pub fn status_of(operation: &str, error: &IggyError) -> u32 {
    let told = match error {
        IggyError::HttpResponseError(_, body) | IggyError::ResourceNotFound(body) => {
            serde_json::from_str::<Value>(body).ok()
        }
        IggyError::Unauthenticated if operation.ends_with(".login") => return UNKNOWN,
        _ => None,
    };
    let status = told.and_then(|body| body["id"].as_u64());
    status.map_or(error.as_code(), |status| status as u32)
}
