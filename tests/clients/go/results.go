package main

import (
	"maps"
	"math"
	"strconv"
	"strings"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// object is a result of the driver.
type object = map[string]any

var userStatusNames = map[iggcon.UserStatus]string{
	iggcon.Active: "active", iggcon.Inactive: "inactive",
}

// decimal shows a number of 64 bits.
func decimal[T ~uint64](number T) string {
	return strconv.FormatUint(uint64(number), 10)
}

// limit shows a number of 64 bits whose highest value has a name.
func limit[T ~uint64](number T, endless string) string {
	if uint64(number) == math.MaxUint64 {
		return endless
	}
	return decimal(number)
}

func with(base any, name string, value any) any {
	merged := maps.Clone(base.(object))
	merged[name] = value
	return merged
}

func showIdentity(identity *iggcon.IdentityInfo) any {
	return object{"userId": identity.UserId}
}

func showClient(info iggcon.ClientInfo) any {
	shown := object{
		"clientId": info.ID, "userId": info.UserID, "transport": strings.ToLower(info.Transport),
		"address": info.Address, "groupsCount": info.ConsumerGroupsCount,
	}
	if info.UserID == math.MaxUint32 {
		shown["userId"] = nil
	}
	return shown
}

// showClientDetails: the client puts as many empty groups in front as there are groups.
func showClientDetails(info *iggcon.ClientInfoDetails) any {
	groups := info.ConsumerGroups[info.ConsumerGroupsCount:]
	return with(showClient(info.ClientInfo), "groups", list(showMembership)(groups))
}

func showMembership(group iggcon.ConsumerGroupInfo) any {
	return object{"streamId": group.StreamId, "topicId": group.TopicId, "groupId": group.GroupId}
}

func showStats(stats *iggcon.Stats) any {
	return object{
		"processId": stats.ProcessId, "streamsCount": stats.StreamsCount,
		"topicsCount": stats.TopicsCount, "partitionsCount": stats.PartitionsCount,
		"segmentsCount": stats.SegmentsCount, "messagesCount": decimal(stats.MessagesCount),
		"messagesSizeBytes": decimal(stats.MessagesSizeBytes), "clientsCount": stats.ClientsCount,
		"groupsCount": stats.ConsumerGroupsCount, "hostname": stats.Hostname,
		"serverVersion": stats.IggyServerVersion, "memoryUsage": decimal(stats.MemoryUsage),
		"runTimeMicros": decimal(stats.RunTime),
	}
}

func showCluster(metadata *iggcon.ClusterMetadata) any {
	return object{"name": metadata.Name, "nodes": list(showNode)(metadata.Nodes)}
}

func showNode(node iggcon.ClusterNode) any {
	return object{
		"name": node.Name, "ip": node.IP, "tcpPort": node.Endpoints.Tcp,
		"role": node.Role.String(), "status": node.Status.String(),
	}
}

func showUser(user iggcon.UserInfo) any {
	return object{
		"id": user.Id, "username": user.Username, "status": userStatusNames[user.Status],
		"createdAt": decimal(user.CreatedAt),
	}
}

func showUserDetails(user *iggcon.UserInfoDetails) any {
	return with(showUser(user.UserInfo), "permissions", showPermissions(user.Permissions))
}

func showToken(token *iggcon.RawPersonalAccessToken) any {
	return object{"token": token.Token}
}

// showTokenInfo: the client takes the microseconds of the broker for nanoseconds.
func showTokenInfo(token iggcon.PersonalAccessTokenInfo) any {
	shown := object{"name": token.Name, "expiresAt": nil}
	if micros := token.Expiry.UnixNano(); micros != 0 {
		shown["expiresAt"] = decimal(uint64(micros))
	}
	return shown
}

func showStream(stream iggcon.Stream) any {
	return object{
		"id": stream.Id, "name": stream.Name, "createdAt": decimal(stream.CreatedAt),
		"topicsCount": stream.TopicsCount, "sizeBytes": decimal(stream.SizeBytes),
		"messagesCount": decimal(stream.MessagesCount),
	}
}

func showStreamDetails(stream *iggcon.StreamDetails) any {
	return with(showStream(stream.Stream), "topics", list(showTopic)(stream.Topics))
}

func showTopic(topic iggcon.Topic) any {
	compressions := map[iggcon.CompressionAlgorithm]string{
		iggcon.CompressionAlgorithmNone: "none", iggcon.CompressionAlgorithmGzip: "gzip",
	}
	return object{
		"id": topic.Id, "name": topic.Name, "createdAt": decimal(topic.CreatedAt),
		"partitionsCount":   topic.PartitionsCount,
		"compression":       compressions[iggcon.CompressionAlgorithm(topic.CompressionAlgorithm)],
		"expiryMicros":      limit(topic.MessageExpiry, "never"),
		"maxSizeBytes":      limit(topic.MaxTopicSize, "unlimited"),
		"replicationFactor": topic.ReplicationFactor, "sizeBytes": decimal(topic.Size),
		"messagesCount": decimal(topic.MessagesCount),
	}
}

func showTopicDetails(topic *iggcon.TopicDetails) any {
	return with(showTopic(topic.Topic), "partitions", list(showPartition)(topic.Partitions))
}

func showPartition(partition iggcon.PartitionContract) any {
	return object{
		"id": partition.Id, "createdAt": decimal(partition.CreatedAt),
		"segmentsCount": partition.SegmentsCount,
		"currentOffset": decimal(partition.CurrentOffset),
		"sizeBytes":     decimal(partition.SizeBytes),
		"messagesCount": decimal(partition.MessagesCount),
	}
}

func showGroup(group iggcon.ConsumerGroup) any {
	return object{
		"id": group.Id, "name": group.Name, "partitionsCount": group.PartitionsCount,
		"membersCount": group.MembersCount,
	}
}

func showGroupDetails(group *iggcon.ConsumerGroupDetails) any {
	return with(showGroup(group.ConsumerGroup), "members", list(showMember)(group.Members))
}

func showMember(member iggcon.ConsumerGroupMember) any {
	same := func(number uint32) any { return number }
	return object{"id": member.ID, "partitions": list(same)(member.Partitions)}
}

func showOffset(offset *iggcon.ConsumerOffsetInfo) any {
	if offset == nil {
		return nil
	}
	return object{
		"partition": offset.PartitionId, "currentOffset": decimal(offset.CurrentOffset),
		"storedOffset": decimal(offset.StoredOffset),
	}
}
