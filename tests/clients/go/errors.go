package main

import (
	"errors"
	"fmt"
	"math"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
	ierror "github.com/apache/iggy/foreign/go/errors"
)

// provokeErrors checks that the client recognises each error.
func provokeErrors(address string) error {
	client, err := connect(address)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	_, unauthenticated := client.GetStreams()
	_, refused := client.LoginUser("iggy", "wrong-password")
	// The connection must still be usable after a refused login.
	_, accepted := client.LoginUser("iggy", "iggy")
	return first(
		fails("a request before the login", unauthenticated, ierror.ErrUnauthenticated),
		fails("log in with a wrong password", refused, ierror.ErrInvalidCredentials),
		during("log in", accepted),
		checkConflicts(client),
		checkMissing(client),
	)
}

func checkConflicts(client iggcon.Client) error {
	_, existingStream := client.CreateStream(stream)
	_, existingTopic := client.CreateTopic(named(stream), events, 1,
		iggcon.CompressionAlgorithmNone, iggcon.IggyExpiryNeverExpire, math.MaxUint64, nil)
	zero := uint32(0)
	reader := iggcon.NewSingleConsumer(named("reader"))
	beyond := client.StoreConsumerOffset(
		reader, named(stream), named(events), 999_999_999, &zero)
	return first(
		fails("create an existing stream", existingStream, ierror.ErrStreamNameAlreadyExists),
		fails("create an existing topic", existingTopic, ierror.ErrTopicNameAlreadyExists),
		fails("store an offset beyond the end", beyond, ierror.ErrInvalidOffset),
	)
}

func checkMissing(client iggcon.Client) error {
	pollFirst := func(stream string, topic string, partition uint32) error {
		_, err := client.PollMessages(named(stream), named(topic), iggcon.DefaultConsumer(),
			iggcon.FirstPollingStrategy(), 1, false, &partition)
		return err
	}
	_, missingStream := client.GetStream(named("missing"))
	_, missingTopic := client.GetTopic(named(stream), named("missing"))
	return first(
		fails("poll a missing stream", pollFirst("missing", events, 0), ierror.ErrStreamIdNotFound),
		fails("poll a missing topic", pollFirst(stream, "missing", 0), ierror.ErrTopicIdNotFound),
		fails("poll a missing partition", pollFirst(stream, events, partitions),
			ierror.ErrPartitionNotFound),
		fails("get a missing stream", missingStream, ierror.ErrStreamIdNotFound),
		fails("get a missing topic", missingTopic, ierror.ErrTopicIdNotFound),
	)
}

func fails(what string, err error, wanted error) error {
	if errors.Is(err, wanted) {
		return nil
	}
	return fmt.Errorf("%s: got %v (%T), wanted %T", what, err, err, wanted)
}
