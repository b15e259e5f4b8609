package main

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/amqp"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/message"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/stream"
)

const (
	// A frame of the protocol holds 1 MiB.
	rabbitBatch = 500
	// Messages that are stored together, which makes the broker several times as fast.
	rabbitSubEntry = 100
	// Messages that may wait for their confirmation.
	rabbitWindow = 20_000
	// Pieces of up to 1 MiB that the broker may send ahead.
	rabbitCredits     = 50
	rabbitBufferBytes = 1 << 20
)

var (
	errNotConfirmed      = errors.New("a message was not confirmed")
	errNoSingleRabbitGet = errors.New("a consumer of a stream does not ask for single messages")
)

// RabbitMQ: one stream for each client.
type rabbitBroker struct {
	port int
}

func newRabbit(port int) (broker, error) {
	return &rabbitBroker{port}, nil
}

func rabbitStream(log int) string { return fmt.Sprintf("veltro-%d", log) }

func (b *rabbitBroker) open() (*stream.Environment, error) {
	options := stream.NewEnvironmentOptions().SetHost("127.0.0.1").SetPort(b.port).
		SetWriteBuffer(rabbitBufferBytes).SetReadBuffer(rabbitBufferBytes)
	return stream.NewEnvironment(options)
}

func (b *rabbitBroker) forEach(logs int, do func(*stream.Environment, string) error) error {
	environment, err := b.open()
	if err != nil {
		return err
	}
	defer func() { _ = environment.Close() }()
	for log := range logs {
		if err := do(environment, rabbitStream(log)); err != nil {
			return err
		}
	}
	return nil
}

func (b *rabbitBroker) create(logs int) error {
	return b.forEach(logs, func(environment *stream.Environment, name string) error {
		return environment.DeclareStream(name, stream.NewStreamOptions())
	})
}

func (b *rabbitBroker) remove(logs int) error {
	return b.forEach(logs, (*stream.Environment).DeleteStream)
}

type rabbitProducer struct {
	environment *stream.Environment
	producer    *stream.Producer
	confirmed   chan int
	refused     atomic.Bool
}

func (b *rabbitBroker) producer(log int) (producer, error) {
	environment, err := b.open()
	if err != nil {
		return nil, err
	}
	options := stream.NewProducerOptions().SetSubEntrySize(rabbitSubEntry)
	inner, err := environment.NewProducer(rabbitStream(log), options)
	if err != nil {
		return nil, err
	}
	p := &rabbitProducer{
		environment: environment, producer: inner, confirmed: make(chan int, rabbitWindow),
	}
	go p.count(inner.NotifyPublishConfirmation())
	return p, nil
}

func (p *rabbitProducer) count(confirmations stream.ChannelPublishConfirm) {
	for statuses := range confirmations {
		for _, status := range statuses {
			if !status.IsConfirmed() {
				p.refused.Store(true)
			}
		}
		p.confirmed <- len(statuses)
	}
}

func (p *rabbitProducer) close() {
	_ = p.producer.Close()
	_ = p.environment.Close()
}

func rabbitMessages(count int) []message.StreamMessage {
	messages := make([]message.StreamMessage, count)
	for index := range messages {
		messages[index] = amqp.NewMessage(payload)
	}
	return messages
}

func (p *rabbitProducer) sendAll(messages int) error {
	waiting := 0
	for sent := 0; sent < messages || waiting > 0; {
		if sent < messages && waiting+rabbitBatch <= rabbitWindow {
			batch := rabbitMessages(min(rabbitBatch, messages-sent))
			if err := p.producer.BatchSend(batch); err != nil {
				return err
			}
			sent += len(batch)
			waiting += len(batch)
			continue
		}
		waiting -= <-p.confirmed
	}
	return p.failure()
}

func (p *rabbitProducer) failure() error {
	if p.refused.Load() {
		return errNotConfirmed
	}
	return nil
}

func (p *rabbitProducer) sendOne() error {
	if err := p.producer.BatchSend(rabbitMessages(1)); err != nil {
		return err
	}
	<-p.confirmed
	return p.failure()
}

type rabbitConsumer struct {
	environment *stream.Environment
	name        string
}

func (b *rabbitBroker) consumer(log int) (consumer, error) {
	environment, err := b.open()
	return &rabbitConsumer{environment, rabbitStream(log)}, err
}

func (c *rabbitConsumer) close() { _ = c.environment.Close() }

func (c *rabbitConsumer) readAll(messages int) error {
	done := make(chan struct{})
	count := 0
	handler := func(stream.ConsumerContext, *amqp.Message) {
		count++
		if count == messages {
			close(done)
		}
	}
	options := stream.NewConsumerOptions().SetOffset(stream.OffsetSpecification{}.First())
	options.SetInitialCredits(rabbitCredits).SetCRCCheck(false)
	inner, err := c.environment.NewConsumer(c.name, handler, options)
	if err != nil {
		return err
	}
	<-done
	return inner.Close()
}

func (c *rabbitConsumer) readOne(int) error { return errNoSingleRabbitGet }
