package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// Messages that the server may send ahead of the consumer.
const natsPrefetch = 10_000

// NATS JetStream: one stream of one subject for each client, in files.
type natsBroker struct {
	port int
}

type natsClient struct {
	connection *nats.Conn
	js         jetstream.JetStream
	log        int
	// Looked up with the first single message.
	stream jetstream.Stream
}

func newNats(port int) (broker, error) {
	return &natsBroker{port}, nil
}

func natsStream(log int) string  { return fmt.Sprintf("veltro-%d", log) }
func natsSubject(log int) string { return fmt.Sprintf("veltro.%d", log) }

func (b *natsBroker) open(log int) (*natsClient, error) {
	connection, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", b.port))
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(connection)
	return &natsClient{connection: connection, js: js, log: log}, err
}

func (b *natsBroker) create(logs int) error {
	client, err := b.open(0)
	if err != nil {
		return err
	}
	defer client.close()
	for log := range logs {
		_, err := client.js.CreateStream(context.Background(), jetstream.StreamConfig{
			Name:              natsStream(log),
			Subjects:          []string{natsSubject(log)},
			Storage:           jetstream.FileStorage,
			AllowDirect:       true,
			AllowBatchPublish: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *natsBroker) remove(logs int) error {
	client, err := b.open(0)
	if err != nil {
		return err
	}
	defer client.close()
	for log := range logs {
		if err := client.js.DeleteStream(context.Background(), natsStream(log)); err != nil {
			return err
		}
	}
	return nil
}

func (b *natsBroker) producer(log int) (producer, error) { return b.open(log) }
func (b *natsBroker) consumer(log int) (consumer, error) { return b.open(log) }

func (c *natsClient) close() { c.connection.Close() }

func (c *natsClient) sendAll(messages int) error {
	publisher, err := jetstreamext.NewFastPublisher(c.js)
	if err != nil {
		return err
	}
	subject := natsSubject(c.log)
	for range messages - 1 {
		if _, err := publisher.Add(subject, payload); err != nil {
			return err
		}
	}
	ack, err := publisher.Commit(context.Background(), subject, payload)
	if err == nil && ack.Sequence != uint64(messages) {
		return fmt.Errorf("%d of %d messages were stored", ack.Sequence, messages)
	}
	return err
}

func (c *natsClient) sendOne() error {
	_, err := c.js.Publish(context.Background(), natsSubject(c.log), payload)
	return err
}

func (c *natsClient) readAll(messages int) error {
	reader, err := c.js.OrderedConsumer(
		context.Background(), natsStream(c.log), jetstream.OrderedConsumerConfig{})
	if err != nil {
		return err
	}
	iterator, err := reader.Messages(jetstream.PullMaxMessages(natsPrefetch))
	if err != nil {
		return err
	}
	defer iterator.Stop()
	for range messages {
		message, err := iterator.Next()
		if err != nil {
			return err
		}
		if len(message.Data()) != payloadBytes {
			return errors.New("a message has a wrong length")
		}
	}
	return nil
}

func (c *natsClient) readOne(number int) error {
	if c.stream == nil {
		stream, err := c.js.Stream(context.Background(), natsStream(c.log))
		if err != nil {
			return err
		}
		c.stream = stream
	}
	message, err := c.stream.GetMsg(context.Background(), uint64(number+1))
	if err == nil && len(message.Data) != payloadBytes {
		return errors.New("a message has a wrong length")
	}
	return err
}
