package main

import (
	"fmt"
	"reflect"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

// What is sent, so that the reading side can tell what it must get. All four clients follow the
// same plan; tests/clients/README.md describes it.
const (
	stream     = "clients-go"
	events     = "events"
	mixed      = "mixed"
	partitions = uint32(3)

	balancedFirst = uint64(1_000_000_000)
	balancedCount = 60
	keyedFirst    = uint64(2_000_000_000)
	keyedCount    = 40
	// XXH32 of this key with seed 0 is 3150133969, which leaves 1 when divided by 3.
	key            = "order-42"
	keyedPartition = uint32(1)

	// Every such message carries user headers and an id of its own.
	markedEvery = uint64(10_000)
)

type plan struct {
	count uint64
	batch uint64
}

func (p plan) batches() uint64 {
	return (p.count + p.batch - 1) / p.batch
}

// numbers answers the numbers of one batch; batch i belongs to partition i mod 3.
func (p plan) numbers(batch uint64) []uint64 {
	first := batch * p.batch
	return sequence(first, min(p.batch, p.count-first))
}

// numbersOfPartition answers what a partition must hold, in order of the offsets.
func (p plan) numbersOfPartition(partition uint32) []uint64 {
	numbers := []uint64{}
	for batch := uint64(partition); batch < p.batches(); batch += uint64(partitions) {
		numbers = append(numbers, p.numbers(batch)...)
	}
	return numbers
}

func sequence(first uint64, count uint64) []uint64 {
	numbers := make([]uint64, 0, count)
	for i := range count {
		numbers = append(numbers, first+i)
	}
	return numbers
}

// payload makes 100 bytes: ten digits of the number, then letters that depend on it.
func payload(number uint64) []byte {
	bytes := fmt.Appendf(make([]byte, 0, 100), "%010d", number)
	for i := range uint64(90) {
		bytes = append(bytes, 'a'+byte((number*31+i*7)%26))
	}
	return bytes
}

func isMarked(number uint64) bool {
	return number < balancedFirst && number%markedEvery == 0
}

// messageID is the id that marked messages are sent with.
func messageID(number uint64) iggcon.MessageID {
	var id iggcon.MessageID
	for i := range 8 {
		id[i] = byte((number + 1) >> (8 * i))
	}
	return id
}

// named makes the identifier of a stream, topic, group or consumer with a name.
func named(name string) iggcon.Identifier {
	identifier, err := iggcon.NewIdentifier(name)
	if err != nil {
		panic(err)
	}
	return identifier
}

// same fails with the sentence when the two differ.
func same(what string, actual any, wanted any) error {
	if reflect.DeepEqual(actual, wanted) {
		return nil
	}
	return fmt.Errorf("%s: got %v, wanted %v", what, actual, wanted)
}

// during says in which step the client reported an error.
func during(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w (%T)", step, err, err)
}

// first answers the first error of a row of checks.
func first(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}
