//! Drives the official Rust client as tests/clients/DRIVER.md lays down.

mod arguments;
mod connection;
mod groups;
mod headers;
mod http;
mod messages;
mod offsets;
mod reply;
mod streams;
mod system;
mod topics;
mod users;

use arguments::Arguments;
use connection::Clients;
use reply::{Failure, Outcome};
use serde_json::{Value, json};
use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Heartbeats run beside the requests, hence the threads.
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let mut clients = Clients::default();
    for line in stdin().lock().lines() {
        let answered = line
            .map_err(|error| error.to_string())
            .and_then(|line| runtime.block_on(answer(&mut clients, &line)));
        if let Err(reason) = answered {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Does what a line says and prints the answer; fails when the line is not understood.
async fn answer(clients: &mut Clients, line: &str) -> Result<(), String> {
    let request: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let name = request["client"]
        .as_str()
        .ok_or("a line without a client")?;
    let operation = request["op"].as_str().ok_or("a line without an op")?;
    let reply = match perform(clients, name, operation, Arguments(&request["args"])).await {
        Ok(value) => json!({"id": request["id"], "ok": value}),
        Err(Failure::Client(error)) => {
            let text = format!("{}: {error}", error.as_string());
            let code = http::status_of(operation, &error);
            json!({"id": request["id"], "error": {"code": code, "text": text}})
        }
        Err(Failure::NotOffered(reason)) => json!({"id": request["id"], "notOffered": reason}),
        Err(Failure::NotUnderstood(reason)) => return Err(format!("{operation}: {reason}")),
    };
    let mut output = stdout().lock();
    writeln!(output, "{reply}").map_err(|error| error.to_string())?;
    output.flush().map_err(|error| error.to_string())
}

async fn perform(
    clients: &mut Clients,
    name: &str,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    match operation {
        "open" => return clients.open(name, arguments).await,
        "close" => return clients.close(name).await,
        _ => {}
    }
    let client = clients.get(name)?;
    if http::is_spoken_by(client).await {
        http::check(operation, arguments)?;
    }
    let family = operation.split('.').next().unwrap_or_default();
    match family {
        "user" | "token" => users::perform(client, operation, arguments).await,
        "stream" => streams::perform(client, operation, arguments).await,
        "topic" | "partition" | "segment" => topics::perform(client, operation, arguments).await,
        "group" => groups::perform(client, operation, arguments).await,
        "offset" => offsets::perform(client, operation, arguments).await,
        "message" => messages::perform(client, operation, arguments).await,
        _ => system::perform(client, operation, arguments).await,
    }
}
