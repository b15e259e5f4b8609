package main

import (
	"fmt"
	"slices"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

const (
	// A page size that is no divisor of the batch size, so that pages cut batches in the middle.
	page = uint32(997)
	// What the previous run left behind for the consumer "keeper".
	keptOffset = uint64(41)
)

// verify reads back what write sent and checks every message, then samples of the other requests.
func verify(client iggcon.Client, p plan, firstTime bool) error {
	if err := first(checkStream(client, p), checkTopic(client, p)); err != nil {
		return err
	}
	if err := checkKeptOffset(client, firstTime); err != nil {
		return err
	}
	for partition := range partitions {
		wanted := p.numbersOfPartition(partition)
		timestamps, err := checkPartition(client, partition, wanted)
		if err != nil {
			return err
		}
		if err := checkStrategies(client, partition, timestamps); err != nil {
			return err
		}
		if err := checkOffsets(client, partition, len(wanted)); err != nil {
			return err
		}
	}
	return checkMixed(client)
}

func checkStream(client iggcon.Client, p plan) error {
	found, err := client.GetStream(named(stream))
	if err != nil {
		return during("get the stream", err)
	}
	total := p.count + balancedCount + keyedCount
	return first(
		same("topics of the stream", found.TopicsCount, uint32(2)),
		same("messages of the stream", found.MessagesCount, total),
	)
}

func checkTopic(client iggcon.Client, p plan) error {
	found, err := client.GetTopic(named(stream), named(events))
	if err != nil {
		return during("get the topic", err)
	}
	checks := []error{
		same("messages of the topic", found.MessagesCount, p.count),
		same("partitions of the topic", len(found.Partitions), int(partitions)),
	}
	for _, partition := range found.Partitions {
		wanted := uint64(len(p.numbersOfPartition(partition.Id)))
		checks = append(checks,
			same("messages of a partition", partition.MessagesCount, wanted),
			same("newest offset of a partition", partition.CurrentOffset, max(wanted, 1)-1))
	}
	return first(checks...)
}

// checkKeptOffset: a stored offset must outlive the broker's process, however that ended.
func checkKeptOffset(client iggcon.Client, firstTime bool) error {
	keeper := iggcon.NewSingleConsumer(named("keeper"))
	wanted := int64(keptOffset)
	if firstTime {
		wanted = none
	}
	if err := checkStored(client, keeper, 0, wanted); err != nil {
		return err
	}
	return storeOffset(client, keeper, 0, keptOffset)
}

// checkPartition reads a partition from its start to its end; it answers the timestamps.
func checkPartition(client iggcon.Client, partition uint32, wanted []uint64) ([]uint64, error) {
	timestamps := make([]uint64, 0, len(wanted))
	for {
		strategy := iggcon.OffsetPollingStrategy(uint64(len(timestamps)))
		polled, err := poll(client, events, partition, strategy, page)
		if err != nil {
			return nil, err
		}
		if len(polled.Messages) == 0 {
			break
		}
		for _, message := range polled.Messages {
			if err := checkMessage(message, len(timestamps), wanted); err != nil {
				return nil, err
			}
			timestamps = append(timestamps, message.Header.Timestamp)
		}
	}
	return timestamps, first(
		same("messages read from the partition", len(timestamps), len(wanted)),
		same("timestamps never go back", slices.IsSorted(timestamps), true),
	)
}

func checkMessage(message iggcon.IggyMessage, offset int, wanted []uint64) error {
	if offset >= len(wanted) {
		return fmt.Errorf("one message too many, at offset %d", message.Header.Offset)
	}
	number := wanted[offset]
	if err := same("offset of a message", message.Header.Offset, uint64(offset)); err != nil {
		return err
	}
	if string(message.Payload) != string(payload(number)) {
		return same("payload of a message", string(message.Payload), string(payload(number)))
	}
	if !isMarked(number) {
		return first(
			same("size of the user headers", len(message.UserHeaders), 0),
			same("the broker made an id", message.Header.Id != iggcon.MessageID{}, true))
	}
	return checkHeaders(message, number)
}

func checkHeaders(message iggcon.IggyMessage, number uint64) error {
	wanted, err := headers(number)
	if err != nil {
		return err
	}
	found, err := iggcon.DeserializeHeaders(message.UserHeaders)
	if err != nil {
		return during("user headers of a message", err)
	}
	return first(
		same("user headers of a message", found, wanted),
		same("id of a message", message.Header.Id, messageID(number)))
}

func checkStrategies(client iggcon.Client, partition uint32, timestamps []uint64) error {
	total := uint64(len(timestamps))
	sample := min(total, 5)
	if total == 0 {
		return checkRange(client, partition, iggcon.FirstPollingStrategy(), sequence(0, 0))
	}
	stamp := timestamps[total/2]
	start := uint64(slices.Index(timestamps, stamp))
	late := iggcon.TimestampPollingStrategy(timestamps[total-1] + 1)
	cases := []struct {
		strategy iggcon.PollingStrategy
		wanted   []uint64
	}{
		{iggcon.FirstPollingStrategy(), sequence(0, sample)},
		{iggcon.LastPollingStrategy(), sequence(total-sample, sample)},
		{iggcon.TimestampPollingStrategy(stamp), sequence(start, min(5, total-start))},
		{late, sequence(0, 0)},
		{iggcon.OffsetPollingStrategy(total + 5), sequence(0, 0)},
	}
	for _, each := range cases {
		if err := checkRange(client, partition, each.strategy, each.wanted); err != nil {
			return err
		}
	}
	return nil
}

func checkRange(
	client iggcon.Client, partition uint32, strategy iggcon.PollingStrategy, wanted []uint64,
) error {
	polled, err := poll(client, events, partition, strategy, 5)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("offsets polled with %v from partition %d", strategy, partition)
	return same(what, offsets(polled), wanted)
}

func checkMixed(client iggcon.Client) error {
	balancedPartitions := 0
	for partition := range partitions {
		polled, err := poll(client, mixed, partition, iggcon.OffsetPollingStrategy(0), 1000)
		if err != nil {
			return err
		}
		wanted := []uint64{}
		if len(polled.Messages) >= balancedCount {
			balancedPartitions++
			wanted = append(wanted, sequence(balancedFirst, balancedCount)...)
		}
		if partition == keyedPartition {
			wanted = append(wanted, sequence(keyedFirst, keyedCount)...)
		}
		received, err := numbers(polled)
		what := fmt.Sprintf("messages of partition %d of the second topic", partition)
		if err := first(err, same(what, received, wanted)); err != nil {
			return err
		}
	}
	return same("partitions that got the balanced batch", balancedPartitions, 1)
}

func poll(
	client iggcon.Client, topic string, partition uint32,
	strategy iggcon.PollingStrategy, count uint32,
) (*iggcon.PolledMessage, error) {
	reader := iggcon.NewSingleConsumer(named("reader"))
	polled, err := client.PollMessages(
		named(stream), named(topic), reader, strategy, count, false, &partition)
	if err != nil {
		return nil, during(fmt.Sprintf("poll with %v", strategy), err)
	}
	return polled, first(
		same("count of the answer", int(polled.MessageCount), len(polled.Messages)),
		same("partition of the answer", polled.PartitionId, partition))
}

func offsets(polled *iggcon.PolledMessage) []uint64 {
	offsets := make([]uint64, 0, len(polled.Messages))
	for _, message := range polled.Messages {
		offsets = append(offsets, message.Header.Offset)
	}
	return offsets
}

// numbers reads the numbers at the start of the payloads.
func numbers(polled *iggcon.PolledMessage) ([]uint64, error) {
	numbers := make([]uint64, 0, len(polled.Messages))
	for _, message := range polled.Messages {
		var number uint64
		if _, err := fmt.Sscanf(string(message.Payload), "%10d", &number); err != nil {
			return nil, during("number of a message", err)
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}
