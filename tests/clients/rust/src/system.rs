//! The broker and its connections.

use crate::arguments::{Arguments, encoded, wrong};
use crate::reply::{Outcome, unknown};
use iggy::prelude::*;
use serde_json::{Value, json};

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    Ok(match operation {
        "ping" => json!(client.ping().await?),
        "me" => details(&client.get_me().await?),
        "client.get" => {
            let found = client.get_client(arguments.number("clientId")?).await?;
            found.as_ref().map_or(Value::Null, details)
        }
        "client.list" => {
            let found = client.get_clients().await?;
            found.iter().map(|client| head(&json!(client))).collect()
        }
        "stats" => stats(client.get_stats().await?),
        "snapshot" => snapshot(client, arguments).await?,
        "cluster" => cluster(client.get_cluster_metadata().await?),
        _ => return unknown(operation),
    })
}

/// What the list and the details of a client have in common.
fn head(client: &Value) -> Value {
    json!({
        "clientId": client["client_id"],
        "userId": client["user_id"],
        "transport": client["transport"].as_str().unwrap_or_default().to_lowercase(),
        "address": client["address"],
        "groupsCount": client["consumer_groups_count"],
    })
}

fn details(client: &ClientInfoDetails) -> Value {
    let mut value = head(&json!(client));
    let groups = client.consumer_groups.iter().map(|group| {
        let (stream, topic) = (group.stream_id, group.topic_id);
        json!({"streamId": stream, "topicId": topic, "groupId": group.group_id})
    });
    value["groups"] = groups.collect();
    value
}

fn stats(stats: Stats) -> Value {
    json!({
        "processId": stats.process_id,
        "streamsCount": stats.streams_count,
        "topicsCount": stats.topics_count,
        "partitionsCount": stats.partitions_count,
        "segmentsCount": stats.segments_count,
        "messagesCount": stats.messages_count.to_string(),
        "messagesSizeBytes": stats.messages_size_bytes.as_bytes_u64().to_string(),
        "clientsCount": stats.clients_count,
        "groupsCount": stats.consumer_groups_count,
        "hostname": stats.hostname,
        "serverVersion": stats.iggy_server_version,
        "memoryUsage": stats.memory_usage.as_bytes_u64().to_string(),
        "runTimeMicros": stats.run_time.as_micros().to_string(),
    })
}

async fn snapshot(client: &IggyClient, arguments: Arguments<'_>) -> Outcome<Value> {
    let compression = match arguments.text("compression")? {
        "stored" => SnapshotCompression::Stored,
        "deflated" => SnapshotCompression::Deflated,
        "bzip2" => SnapshotCompression::Bzip2,
        "zstd" => SnapshotCompression::Zstd,
        "lzma" => SnapshotCompression::Lzma,
        "xz" => SnapshotCompression::Xz,
        _ => return Err(wrong("compression")),
    };
    let names = arguments.list("types")?;
    let types = names.iter().map(snapshot_type).collect::<Outcome<_>>()?;
    let snapshot = client.snapshot(compression, types).await?;
    Ok(json!({"zip": encoded(&snapshot.0)}))
}

fn snapshot_type(name: &Value) -> Outcome<SystemSnapshotType> {
    Ok(match name.as_str() {
        Some("filesystem_overview") => SystemSnapshotType::FilesystemOverview,
        Some("process_list") => SystemSnapshotType::ProcessList,
        Some("resource_usage") => SystemSnapshotType::ResourceUsage,
        Some("test") => SystemSnapshotType::Test,
        Some("server_logs") => SystemSnapshotType::ServerLogs,
        Some("server_config") => SystemSnapshotType::ServerConfig,
        Some("all") => SystemSnapshotType::All,
        _ => return Err(wrong("types")),
    })
}

fn cluster(cluster: ClusterMetadata) -> Value {
    let node = |node: &ClusterNode| {
        json!({
            "name": node.name,
            "ip": node.ip,
            "tcpPort": node.endpoints.tcp,
            "role": node.role.to_string().to_lowercase(),
            "status": node.status.to_string().to_lowercase(),
        })
    };
    let nodes: Value = cluster.nodes.iter().map(node).collect();
    json!({"name": cluster.name, "nodes": nodes})
}
