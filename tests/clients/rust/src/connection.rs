//! Opens and closes the clients of the driver.

use crate::arguments::Arguments;
use crate::reply::{Failure, Outcome};
use iggy::prelude::*;
use serde_json::Value;
use std::collections::HashMap;

/// By default the client tries for ever, and a broker that is gone would look like a hanging one.
const RETRIES: u32 = 20;

#[derive(Default)]
pub struct Clients(HashMap<String, IggyClient>);

impl Clients {
    pub async fn open(&mut self, name: &str, arguments: Arguments<'_>) -> Outcome<Value> {
        let client = match arguments.optional_text("username") {
            Some(username) => self_logging(username, arguments)?,
            None => anonymous(arguments)?,
        };
        client.connect().await?;
        self.0.insert(name.to_string(), client);
        Ok(Value::Null)
    }

    pub async fn close(&mut self, name: &str) -> Outcome<Value> {
        if let Some(client) = self.0.remove(name) {
            client.shutdown().await?;
        }
        Ok(Value::Null)
    }

    pub fn get(&self, name: &str) -> Outcome<&IggyClient> {
        let missing = || Failure::NotUnderstood(format!("the client {name} is not open"));
        self.0.get(name).ok_or_else(missing)
    }
}

/// Only a connection string carries a login beside all other options.
fn self_logging(username: &str, arguments: Arguments) -> Outcome<IggyClient> {
    let transport = match transport(arguments) {
        "tcp" => "iggy://".to_string(),
        "http" => {
            return Err(Failure::NotOffered(
                "over HTTP the client does not log in by itself",
            ));
        }
        other => format!("iggy+{other}://"),
    };
    let (password, address) = (arguments.text("password")?, arguments.text("address")?);
    let options = format!("?reconnection_retries={RETRIES}{}", tls_options(arguments)?);
    let text = format!("{transport}{username}:{password}@{address}{options}");
    Ok(IggyClient::from_connection_string(&text)?)
}

fn tls_options(arguments: Arguments) -> Outcome<String> {
    let Some(tls) = arguments.get("tls").map(Arguments) else {
        return Ok(String::new());
    };
    let Some(authority) = tls.optional_text("caFile") else {
        return Err(Failure::NotOffered(
            "a connection string cannot switch off the check of certificates",
        ));
    };
    let domain = tls.optional_text("domain").unwrap_or("localhost");
    Ok(format!(
        "&tls=true&tls_domain={domain}&tls_ca_file={authority}"
    ))
}

fn anonymous(arguments: Arguments) -> Outcome<IggyClient> {
    let address = arguments.text("address")?.to_string();
    let built = match transport(arguments) {
        "http" => IggyClientBuilder::new()
            .with_http()
            .with_api_url(format!("http://{address}"))
            .build(),
        "ws" => IggyClientBuilder::new()
            .with_websocket()
            .with_server_address(address)
            .with_reconnection_max_retries(Some(RETRIES))
            .build(),
        _ => return anonymous_tcp(address, arguments),
    };
    Ok(built?)
}

fn anonymous_tcp(address: String, arguments: Arguments) -> Outcome<IggyClient> {
    let mut builder = IggyClientBuilder::new()
        .with_tcp()
        .with_server_address(address)
        .with_reconnection_max_retries(Some(RETRIES));
    if let Some(tls) = arguments.get("tls").map(Arguments) {
        let domain = tls.optional_text("domain").unwrap_or("localhost");
        builder = builder
            .with_tls_enabled(true)
            .with_tls_domain(domain.to_string());
        builder = match tls.optional_text("caFile") {
            Some(file) => builder.with_tls_ca_file(file.to_string()),
            None => builder.with_tls_validate_certificate(false),
        };
    }
    Ok(builder.build()?)
}

fn transport<'a>(arguments: Arguments<'a>) -> &'a str {
    arguments.optional_text("transport").unwrap_or("tcp")
}
