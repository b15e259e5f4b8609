//! How to reach the broker, and the names the requests need.

use crate::plan::{Outcome, during};
use iggy::prelude::*;

/// Connects without logging in. Gives up soon: a broker that went away is a failure here.
pub async fn connect(address: &str) -> Outcome<IggyClient> {
    let built = IggyClientBuilder::new()
        .with_tcp()
        .with_server_address(address.to_string())
        .with_reconnection_max_retries(Some(2))
        .build();
    let client = during("build the client", built)?;
    during("connect", client.connect().await)?;
    Ok(client)
}

pub async fn connect_and_log_in(address: &str) -> Outcome<IggyClient> {
    let client = connect(address).await?;
    let login = client.login_user("iggy", "iggy").await;
    let identity = during("log in", login)?;
    crate::plan::same("user id of root", identity.user_id, 0)?;
    during("ping", client.ping().await)?;
    Ok(client)
}

pub fn name(text: &str) -> Identifier {
    Identifier::named(text).expect("a short name")
}
