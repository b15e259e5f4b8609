package main

import (
	"errors"
	"math"
	"strconv"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
	ierror "github.com/apache/iggy/foreign/go/errors"
)

// operation is one row of the table in DRIVER.md; needs are the arguments that must be there.
type operation struct {
	needs []string
	run   func(iggcon.Client, *arguments) (any, error)
}

// The driver itself opens and closes clients.
var operations = map[string]operation{
	"open":  {needs: []string{"address"}},
	"close": {},

	"ping":        {nil, ping},
	"user.logout": {nil, logOut},
	"user.login":  {[]string{"username", "password"}, logIn},
	"token.login": {[]string{"token"}, logInWithToken},
	"me":          missing("this client cannot ask for its own connection"),
	"client.get":  {[]string{"clientId"}, getClient},
	"client.list": {nil, listClients},
	"stats":       {nil, getStats},
	"snapshot":    missing("this client has no snapshots"),
	"cluster":     {nil, getCluster},

	"user.create":      {[]string{"username", "password"}, createUser},
	"user.get":         {[]string{"user"}, getUser},
	"user.list":        {nil, listUsers},
	"user.update":      {[]string{"user"}, updateUser},
	"user.permissions": {[]string{"user", "permissions"}, updatePermissions},
	"user.password":    {[]string{"user", "current", "next"}, changePassword},
	"user.delete":      {[]string{"user"}, deleteUser},

	"token.create": {[]string{"name"}, createToken},
	"token.list":   {nil, listTokens},
	"token.delete": {[]string{"name"}, deleteToken},

	"stream.create": {[]string{"name"}, createStream},
	"stream.get":    {[]string{"stream"}, getStream},
	"stream.list":   {nil, listStreams},
	"stream.update": {[]string{"stream", "name"}, updateStream},
	"stream.purge":  missing("this client cannot purge streams"),
	"stream.delete": {[]string{"stream"}, deleteStream},

	"topic.create": {[]string{"stream", "name", "partitions"}, createTopic},
	"topic.get":    {[]string{"stream", "topic"}, getTopic},
	"topic.list":   {[]string{"stream"}, listTopics},
	"topic.update": {[]string{"stream", "topic", "name"}, updateTopic},
	"topic.purge":  missing("this client cannot purge topics"),
	"topic.delete": {[]string{"stream", "topic"}, deleteTopic},

	"partition.create": {[]string{"stream", "topic", "count"}, createPartitions},
	"partition.delete": {[]string{"stream", "topic", "count"}, deletePartitions},
	"segment.delete":   missing("this client cannot delete segments"),

	"group.create": {[]string{"stream", "topic", "name"}, createGroup},
	"group.get":    {[]string{"stream", "topic", "group"}, getGroup},
	"group.list":   {[]string{"stream", "topic"}, listGroups},
	"group.join":   {[]string{"stream", "topic", "group"}, joinGroup},
	"group.leave":  {[]string{"stream", "topic", "group"}, leaveGroup},
	"group.delete": {[]string{"stream", "topic", "group"}, deleteGroup},

	"offset.get":    {[]string{"stream", "topic"}, getOffset},
	"offset.store":  {[]string{"stream", "topic", "offset"}, storeOffset},
	"offset.delete": {[]string{"stream", "topic"}, deleteOffset},

	"message.send":  {[]string{"stream", "topic", "to", "messages"}, sendMessages},
	"message.poll":  {[]string{"stream", "topic", "from", "count"}, pollMessages},
	"message.flush": missing("this client cannot flush"),
}

func missing(reason string) operation {
	return operation{run: func(iggcon.Client, *arguments) (any, error) {
		return nil, notOffered(reason)
	}}
}

// found turns a result of the client into one of the driver, unless there is an error.
func found[T any](value T, err error, convert func(T) any) (any, error) {
	if err != nil {
		return nil, err
	}
	return convert(value), nil
}

// foundOrNull is for requests where the client reports an empty answer as an error of its own.
func foundOrNull[T any](value T, err error, absent error, convert func(T) any) (any, error) {
	if errors.Is(err, absent) {
		return nil, nil
	}
	return found(value, err, convert)
}

// list makes a list of results, which is never null.
func list[T any](convert func(T) any) func([]T) any {
	return func(values []T) any {
		results := make([]any, 0, len(values))
		for _, value := range values {
			results = append(results, convert(value))
		}
		return results
	}
}

func createStream(client iggcon.Client, args *arguments) (any, error) {
	created, err := client.CreateStream(args.Name)
	return found(created, err, showStreamDetails)
}

func getStream(client iggcon.Client, args *arguments) (any, error) {
	stream, err := client.GetStream(args.Stream.Identifier)
	return foundOrNull(stream, err, ierror.ErrStreamIdNotFound, showStreamDetails)
}

func listStreams(client iggcon.Client, _ *arguments) (any, error) {
	streams, err := client.GetStreams()
	return found(streams, err, list(showStream))
}

func updateStream(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.UpdateStream(args.Stream.Identifier, args.Name)
}

func deleteStream(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.DeleteStream(args.Stream.Identifier)
}

// topicSettings are what a topic is created and updated with.
type topicSettings struct {
	compression iggcon.CompressionAlgorithm
	expiry      iggcon.Duration
	maxSize     uint64
}

func (a *arguments) topicSettings() (topicSettings, error) {
	settings := topicSettings{compression: iggcon.CompressionAlgorithmNone}
	switch a.Compression {
	case "", "none":
	case "gzip":
		settings.compression = iggcon.CompressionAlgorithmGzip
	default:
		return settings, misunderstood("unknown compression " + a.Compression)
	}
	expiry, err := amount(a.ExpiryMicros, "never")
	if err != nil {
		return settings, err
	}
	settings.expiry = iggcon.Duration(expiry)
	settings.maxSize, err = amount(a.MaxSizeBytes, "unlimited")
	return settings, err
}

// amount reads a number of 64 bits; 0 leaves the choice to the broker.
func amount(text *string, endless string) (uint64, error) {
	switch {
	case text == nil:
		return 0, nil
	case *text == endless:
		return math.MaxUint64, nil
	}
	value, err := strconv.ParseUint(*text, 10, 64)
	if err != nil {
		return 0, misunderstood(err.Error())
	}
	return value, nil
}

func createTopic(client iggcon.Client, args *arguments) (any, error) {
	settings, err := args.topicSettings()
	if err != nil {
		return nil, err
	}
	created, err := client.CreateTopic(args.Stream.Identifier, args.Name, args.Partitions,
		settings.compression, settings.expiry, settings.maxSize, args.ReplicationFactor)
	return found(created, err, showTopicDetails)
}

func getTopic(client iggcon.Client, args *arguments) (any, error) {
	topic, err := client.GetTopic(args.Stream.Identifier, args.Topic.Identifier)
	return foundOrNull(topic, err, ierror.ErrTopicIdNotFound, showTopicDetails)
}

func listTopics(client iggcon.Client, args *arguments) (any, error) {
	topics, err := client.GetTopics(args.Stream.Identifier)
	return found(topics, err, list(showTopic))
}

func updateTopic(client iggcon.Client, args *arguments) (any, error) {
	settings, err := args.topicSettings()
	if err != nil {
		return nil, err
	}
	return nil, client.UpdateTopic(args.Stream.Identifier, args.Topic.Identifier, args.Name,
		settings.compression, settings.expiry, settings.maxSize, args.ReplicationFactor)
}

func deleteTopic(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.DeleteTopic(args.Stream.Identifier, args.Topic.Identifier)
}

func createPartitions(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.CreatePartitions(args.Stream.Identifier, args.Topic.Identifier, args.Count)
}

func deletePartitions(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.DeletePartitions(args.Stream.Identifier, args.Topic.Identifier, args.Count)
}

func createGroup(client iggcon.Client, args *arguments) (any, error) {
	created, err := client.CreateConsumerGroup(
		args.Stream.Identifier, args.Topic.Identifier, args.Name)
	return found(created, err, showGroupDetails)
}

func getGroup(client iggcon.Client, args *arguments) (any, error) {
	group, err := client.GetConsumerGroup(
		args.Stream.Identifier, args.Topic.Identifier, args.Group.Identifier)
	return foundOrNull(group, err, ierror.ErrConsumerGroupIdNotFound, showGroupDetails)
}

func listGroups(client iggcon.Client, args *arguments) (any, error) {
	groups, err := client.GetConsumerGroups(args.Stream.Identifier, args.Topic.Identifier)
	return found(groups, err, list(showGroup))
}

func joinGroup(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.JoinConsumerGroup(
		args.Stream.Identifier, args.Topic.Identifier, args.Group.Identifier)
}

func leaveGroup(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.LeaveConsumerGroup(
		args.Stream.Identifier, args.Topic.Identifier, args.Group.Identifier)
}

func deleteGroup(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.DeleteConsumerGroup(
		args.Stream.Identifier, args.Topic.Identifier, args.Group.Identifier)
}
