//! Consumer groups.

use crate::arguments::Arguments;
use crate::reply::{Outcome, unknown};
use iggy::prelude::*;
use serde_json::{Value, json};

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    let (stream, topic) = arguments.stream_and_topic()?;
    match operation {
        "group.create" => {
            let name = arguments.text("name")?;
            let created = client.create_consumer_group(&stream, &topic, name).await?;
            return Ok(details(&created));
        }
        "group.list" => {
            let found = client.get_consumer_groups(&stream, &topic).await?;
            return Ok(found.iter().map(|group| head(&json!(group))).collect());
        }
        _ => {}
    }
    let group = arguments.identifier("group")?;
    match operation {
        "group.get" => {
            let found = client.get_consumer_group(&stream, &topic, &group).await?;
            return Ok(found.as_ref().map_or(Value::Null, details));
        }
        "group.join" => client.join_consumer_group(&stream, &topic, &group).await?,
        "group.leave" => client.leave_consumer_group(&stream, &topic, &group).await?,
        "group.delete" => {
            client
                .delete_consumer_group(&stream, &topic, &group)
                .await?
        }
        _ => return unknown(operation),
    }
    Ok(Value::Null)
}

/// What the list and the details of a group have in common.
fn head(group: &Value) -> Value {
    json!({
        "id": group["id"],
        "name": group["name"],
        "partitionsCount": group["partitions_count"],
        "membersCount": group["members_count"],
    })
}

fn details(group: &ConsumerGroupDetails) -> Value {
    let mut shown = head(&json!(group));
    let members = group.members.iter();
    let members = members.map(|member| json!({"id": member.id, "partitions": member.partitions}));
    shown["members"] = members.collect();
    shown
}
