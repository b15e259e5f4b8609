package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	kafkaTopic = "veltro"
	// A batch of 1,000 messages with what Kafka adds to each of them.
	kafkaBatchBytes = 1_100_000
	kafkaFetchBytes = 8 << 20
)

var errNoSingleReads = errors.New("a consumer of Kafka does not ask for single messages")

// Kafka: one topic with a partition for each client.
type kafkaBroker struct {
	address string
}

type kafkaClient struct {
	*kgo.Client
	log int
}

func newKafka(port int) (broker, error) {
	return &kafkaBroker{fmt.Sprintf("127.0.0.1:%d", port)}, nil
}

func (b *kafkaBroker) open(log int, more ...kgo.Opt) (*kafkaClient, error) {
	client, err := kgo.NewClient(append(more, kgo.SeedBrokers(b.address))...)
	return &kafkaClient{client, log}, err
}

func (b *kafkaBroker) create(logs int) error {
	client, err := b.open(0)
	if err != nil {
		return err
	}
	defer client.close()
	admin := kadm.NewClient(client.Client)
	_, err = admin.CreateTopic(context.Background(), int32(logs), 1, nil, kafkaTopic)
	return err
}

func (b *kafkaBroker) remove(int) error {
	client, err := b.open(0)
	if err != nil {
		return err
	}
	defer client.close()
	_, err = kadm.NewClient(client.Client).DeleteTopic(context.Background(), kafkaTopic)
	return err
}

func (b *kafkaBroker) producer(log int) (producer, error) {
	client, err := b.open(log,
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RequiredAcks(kgo.LeaderAck()),
		kgo.DisableIdempotentWrite(),
		kgo.MaxProduceRequestsInflightPerBroker(5),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(kafkaBatchBytes),
		kgo.ProducerLinger(0),
	)
	if err != nil {
		return nil, err
	}
	// The client connects before the clock runs.
	return client, client.Ping(context.Background())
}

func (b *kafkaBroker) consumer(log int) (consumer, error) {
	start := kgo.NewOffset().AtStart()
	return b.open(log,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{kafkaTopic: {int32(log): start}}),
		kgo.FetchMaxBytes(kafkaFetchBytes),
		kgo.FetchMaxPartitionBytes(kafkaFetchBytes),
	)
}

func (c *kafkaClient) close() { c.Client.Close() }

func (c *kafkaClient) record() *kgo.Record {
	return &kgo.Record{Topic: kafkaTopic, Partition: int32(c.log), Value: payload}
}

func (c *kafkaClient) sendAll(messages int) error {
	var once sync.Once
	var failure error
	for range messages {
		c.Produce(context.Background(), c.record(), func(_ *kgo.Record, err error) {
			if err != nil {
				once.Do(func() { failure = err })
			}
		})
	}
	if err := c.Flush(context.Background()); err != nil {
		return err
	}
	return failure
}

func (c *kafkaClient) sendOne() error {
	return c.ProduceSync(context.Background(), c.record()).FirstErr()
}

func (c *kafkaClient) readAll(messages int) error {
	for left := messages; left > 0; {
		fetches := c.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			return err
		}
		left -= fetches.NumRecords()
	}
	return nil
}

func (c *kafkaClient) readOne(int) error { return errNoSingleReads }
