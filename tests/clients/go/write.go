package main

import (
	"encoding/binary"
	"fmt"
	"math"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// write creates the stream and its topics and fills them.
func write(client iggcon.Client, p plan) error {
	created, err := client.CreateStream(stream)
	if err != nil {
		return during("create the stream", err)
	}
	if err := same("name of the created stream", created.Name, stream); err != nil {
		return err
	}
	if err := first(createTopic(client, events), createTopic(client, mixed)); err != nil {
		return err
	}
	for batch := range p.batches() {
		target := iggcon.PartitionId(uint32(batch) % partitions)
		if err := send(client, events, target, p.numbers(batch)); err != nil {
			return err
		}
	}
	return writeMixed(client)
}

func writeMixed(client iggcon.Client) error {
	if err := send(client, mixed, iggcon.None(), sequence(balancedFirst, balancedCount)); err != nil {
		return err
	}
	target, err := iggcon.EntityIdString(key)
	if err != nil {
		return during("make the key", err)
	}
	return send(client, mixed, target, sequence(keyedFirst, keyedCount))
}

func createTopic(client iggcon.Client, name string) error {
	created, err := client.CreateTopic(named(stream), name, partitions,
		iggcon.CompressionAlgorithmNone, iggcon.IggyExpiryNeverExpire, math.MaxUint64, nil)
	if err != nil {
		return during("create a topic", err)
	}
	return first(
		same("name of the created topic", created.Name, name),
		same("partitions of the created topic", created.PartitionsCount, partitions),
		same("expiry of the created topic", created.MessageExpiry, iggcon.IggyExpiryNeverExpire),
		same("size limit of the created topic", created.MaxTopicSize, uint64(math.MaxUint64)),
	)
}

func send(
	client iggcon.Client, topic string, target iggcon.Partitioning, numbers []uint64,
) error {
	messages := make([]iggcon.IggyMessage, 0, len(numbers))
	for _, number := range numbers {
		message, err := newMessage(number)
		if err != nil {
			return during("build a message", err)
		}
		messages = append(messages, message)
	}
	step := fmt.Sprintf("send %d messages from %d on to %s", len(numbers), numbers[0], topic)
	return during(step, client.SendMessages(named(stream), named(topic), target, messages))
}

func newMessage(number uint64) (iggcon.IggyMessage, error) {
	if !isMarked(number) {
		return iggcon.NewIggyMessage(payload(number))
	}
	entries, err := headers(number)
	if err != nil {
		return iggcon.IggyMessage{}, err
	}
	withHeaders := iggcon.WithUserHeaders(entries)
	return iggcon.NewIggyMessage(payload(number), iggcon.WithID(messageID(number)), withHeaders)
}

func headers(number uint64) ([]iggcon.HeaderEntry, error) {
	origin, err := iggcon.NewHeaderKeyString("origin")
	if err != nil {
		return nil, err
	}
	counter, err := iggcon.NewHeaderKeyString("number")
	if err != nil {
		return nil, err
	}
	bytes := binary.LittleEndian.AppendUint32(nil, uint32(number))
	return []iggcon.HeaderEntry{
		{Key: origin, Value: iggcon.HeaderValue{Kind: iggcon.String, Value: []byte("go")}},
		{Key: counter, Value: iggcon.HeaderValue{Kind: iggcon.Uint32, Value: bytes}},
	}, nil
}
