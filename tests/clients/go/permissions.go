package main

import (
	"maps"
	"slices"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// permissions are the client's own, whose flags have the names of the lines but for capitals; only
// the maps are lists there.
type permissions struct {
	Global  iggcon.GlobalPermissions `json:"global"`
	Streams []streamPermissions      `json:"streams"`
}

type streamPermissions struct {
	StreamID     int                `json:"streamId"`
	ManageStream bool               `json:"manageStream"`
	ReadStream   bool               `json:"readStream"`
	ManageTopics bool               `json:"manageTopics"`
	ReadTopics   bool               `json:"readTopics"`
	PollMessages bool               `json:"pollMessages"`
	SendMessages bool               `json:"sendMessages"`
	Topics       []topicPermissions `json:"topics"`
}

type topicPermissions struct {
	TopicID      int  `json:"topicId"`
	ManageTopic  bool `json:"manageTopic"`
	ReadTopic    bool `json:"readTopic"`
	PollMessages bool `json:"pollMessages"`
	SendMessages bool `json:"sendMessages"`
}

func (p *permissions) forClient() *iggcon.Permissions {
	if p == nil {
		return nil
	}
	streams := make(map[int]*iggcon.StreamPermissions, len(p.Streams))
	for _, stream := range p.Streams {
		streams[stream.StreamID] = stream.forClient()
	}
	return &iggcon.Permissions{Global: p.Global, Streams: streams}
}

func (s streamPermissions) forClient() *iggcon.StreamPermissions {
	topics := make(map[int]*iggcon.TopicPermissions, len(s.Topics))
	for _, topic := range s.Topics {
		topics[topic.TopicID] = &iggcon.TopicPermissions{
			ManageTopic: topic.ManageTopic, ReadTopic: topic.ReadTopic,
			PollMessages: topic.PollMessages, SendMessages: topic.SendMessages,
		}
	}
	return &iggcon.StreamPermissions{
		ManageStream: s.ManageStream, ReadStream: s.ReadStream,
		ManageTopics: s.ManageTopics, ReadTopics: s.ReadTopics,
		PollMessages: s.PollMessages, SendMessages: s.SendMessages,
		Topics: topics,
	}
}

func showPermissions(given *iggcon.Permissions) any {
	if given == nil {
		return nil
	}
	streams := make([]streamPermissions, 0, len(given.Streams))
	for _, id := range slices.Sorted(maps.Keys(given.Streams)) {
		streams = append(streams, showStreamPermissions(id, given.Streams[id]))
	}
	return map[string]any{"global": showGlobalPermissions(given.Global), "streams": streams}
}

func showGlobalPermissions(given iggcon.GlobalPermissions) any {
	return map[string]bool{
		"manageServers": given.ManageServers, "readServers": given.ReadServers,
		"manageUsers": given.ManageUsers, "readUsers": given.ReadUsers,
		"manageStreams": given.ManageStreams, "readStreams": given.ReadStreams,
		"manageTopics": given.ManageTopics, "readTopics": given.ReadTopics,
		"pollMessages": given.PollMessages, "sendMessages": given.SendMessages,
	}
}

func showStreamPermissions(id int, given *iggcon.StreamPermissions) streamPermissions {
	topics := make([]topicPermissions, 0, len(given.Topics))
	for _, id := range slices.Sorted(maps.Keys(given.Topics)) {
		topic := given.Topics[id]
		topics = append(topics, topicPermissions{
			TopicID: id, ManageTopic: topic.ManageTopic, ReadTopic: topic.ReadTopic,
			PollMessages: topic.PollMessages, SendMessages: topic.SendMessages,
		})
	}
	return streamPermissions{
		StreamID: id, ManageStream: given.ManageStream, ReadStream: given.ReadStream,
		ManageTopics: given.ManageTopics, ReadTopics: given.ReadTopics,
		PollMessages: given.PollMessages, SendMessages: given.SendMessages,
		Topics: topics,
	}
}
