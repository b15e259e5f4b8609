package main

import (
	"fmt"
	"slices"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// checkGroup joins a group that has this one member, which must then get every message of all
// partitions.
func checkGroup(client iggcon.Client) error {
	name := fmt.Sprintf("group-%d", time.Now().UnixNano())
	if _, err := client.CreateConsumerGroup(named(stream), named(mixed), name); err != nil {
		return during("create a group", err)
	}
	if err := client.JoinConsumerGroup(named(stream), named(mixed), named(name)); err != nil {
		return during("join the group", err)
	}
	details, err := client.GetConsumerGroup(named(stream), named(mixed), named(name))
	if err != nil {
		return during("get the group", err)
	}
	if err := same("members of the group", len(details.Members), 1); err != nil {
		return err
	}
	received, err := readGroup(client, iggcon.NewGroupConsumer(named(name)))
	if err != nil {
		return err
	}
	wanted := append(sequence(balancedFirst, balancedCount), sequence(keyedFirst, keyedCount)...)
	if err := same("messages the group received", received, wanted); err != nil {
		return err
	}
	err = client.LeaveConsumerGroup(named(stream), named(mixed), named(name))
	if err != nil {
		return during("leave the group", err)
	}
	return during("delete the group",
		client.DeleteConsumerGroup(named(stream), named(mixed), named(name)))
}

// readGroup answers the sorted numbers. At worst one partition holds all 100 messages: fifteen
// polls of it, and the partitions take turns.
func readGroup(client iggcon.Client, consumer iggcon.Consumer) ([]uint64, error) {
	received := []uint64{}
	for range 60 {
		polled, err := client.PollMessages(named(stream), named(mixed), consumer,
			iggcon.NextPollingStrategy(), 7, true, nil)
		if err != nil {
			return nil, during("poll as a group member", err)
		}
		some, err := numbers(polled)
		if err != nil {
			return nil, err
		}
		received = append(received, some...)
	}
	slices.Sort(received)
	return received, nil
}
