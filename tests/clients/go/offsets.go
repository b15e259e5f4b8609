package main

import (
	"fmt"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// none stands for "no offset is stored".
const none = int64(-1)

// checkOffsets stores, reads and deletes offsets of a consumer with a number instead of a name.
func checkOffsets(client iggcon.Client, partition uint32, total int) error {
	if total < 30 {
		return nil
	}
	identifier, err := iggcon.NewIdentifier(uint32(7))
	if err != nil {
		return err
	}
	consumer := iggcon.NewSingleConsumer(identifier)
	steps := []func() error{
		func() error { return checkStored(client, consumer, partition, none) },
		func() error { return storeOffset(client, consumer, partition, 9) },
		func() error { return checkStored(client, consumer, partition, 9) },
		func() error { return checkNext(client, consumer, partition, false, 10) },
		func() error { return checkNext(client, consumer, partition, true, 10) },
		func() error { return checkStored(client, consumer, partition, 19) },
		func() error { return checkNext(client, consumer, partition, false, 20) },
		func() error { return deleteOffset(client, consumer, partition) },
		func() error { return checkStored(client, consumer, partition, none) },
	}
	for index, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d of the offsets of partition %d: %w", index, partition, err)
		}
	}
	return nil
}

func checkStored(
	client iggcon.Client, consumer iggcon.Consumer, partition uint32, wanted int64,
) error {
	found, err := client.GetConsumerOffset(consumer, named(stream), named(events), &partition)
	if err != nil {
		return during("get an offset", err)
	}
	stored := none
	if found != nil {
		stored = int64(found.StoredOffset)
	}
	return same("stored offset", stored, wanted)
}

func storeOffset(
	client iggcon.Client, consumer iggcon.Consumer, partition uint32, offset uint64,
) error {
	err := client.StoreConsumerOffset(consumer, named(stream), named(events), offset, &partition)
	return during("store an offset", err)
}

func deleteOffset(client iggcon.Client, consumer iggcon.Consumer, partition uint32) error {
	err := client.DeleteConsumerOffset(consumer, named(stream), named(events), &partition)
	return during("delete an offset", err)
}

func checkNext(
	client iggcon.Client, consumer iggcon.Consumer, partition uint32, commit bool, start uint64,
) error {
	polled, err := client.PollMessages(named(stream), named(events), consumer,
		iggcon.NextPollingStrategy(), 10, commit, &partition)
	if err != nil {
		return during("poll the next messages", err)
	}
	return same("next messages", offsets(polled), sequence(start, 10))
}
