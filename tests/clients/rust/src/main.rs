//! The official Rust client against a running broker: `<host:port> write|verify|group|errors [count] [batch]`.

mod connection;
mod errors;
mod group;
mod plan;
mod verify;
mod write;

use connection::connect_and_log_in;
use plan::{Outcome, Plan};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mode = arguments.get(1).cloned().unwrap_or_default();
    match run(&arguments).await {
        Ok(messages) => {
            println!(r#"{{"client":"rust","mode":"{mode}","messages":{messages},"ok":true}}"#);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("rust {mode} failed: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Answers the number of messages that the mode was about.
async fn run(arguments: &[String]) -> Outcome<u64> {
    let [address, mode, numbers @ ..] = arguments else {
        return Err("usage: <host:port> write|verify|group|errors [count] [batch]".to_string());
    };
    let number = |index: usize, default: u64| {
        let text = numbers.get(index).map(|text| text.parse::<u64>());
        plan::during("read the arguments", text.unwrap_or(Ok(default)))
    };
    let plan = Plan {
        count: number(0, 100_000)?,
        batch: number(1, 1000)?.max(1),
    };
    match mode.as_str() {
        "write" => {
            let client = connect_and_log_in(address).await?;
            write::write(&client, plan).await?;
            verify::verify(&client, plan, true).await?;
        }
        "verify" => {
            let client = connect_and_log_in(address).await?;
            verify::verify(&client, plan, false).await?;
        }
        "group" => {
            let client = connect_and_log_in(address).await?;
            group::check_group(&client).await?;
            return Ok(plan::BALANCED_COUNT + plan::KEYED_COUNT);
        }
        "errors" => {
            errors::errors(address).await?;
            return Ok(0);
        }
        other => return Err(format!("unknown mode {other}")),
    }
    Ok(plan.count)
}
