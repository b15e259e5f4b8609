package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
)

const (
	redisBufferBytes = 1 << 20
	redisBatch       = 1000
	// Batches that may wait for their answers.
	redisWindow = 4
)

// Redis Streams: one key for each client. Commands are few and simple, so that they are written
// and read without a client library in between.
type redisBroker struct {
	port int
}

type redisClient struct {
	socket net.Conn
	in     *bufio.Reader
	key    string
	add    []byte
	last   string
}

func newRedis(port int) (broker, error) {
	return &redisBroker{port}, nil
}

func redisCommand(words ...string) []byte {
	var command bytes.Buffer
	fmt.Fprintf(&command, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&command, "$%d\r\n%s\r\n", len(word), word)
	}
	return command.Bytes()
}

func (b *redisBroker) open(log int) (*redisClient, error) {
	socket, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", b.port))
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("veltro-%d", log)
	return &redisClient{
		socket: socket,
		in:     bufio.NewReaderSize(socket, redisBufferBytes),
		key:    key,
		add:    redisCommand("XADD", key, "*", "p", string(payload)),
		last:   "0-0",
	}, nil
}

// Streams begin with their first message.
func (b *redisBroker) create(int) error { return nil }

func (b *redisBroker) remove(int) error {
	client, err := b.open(0)
	if err != nil {
		return err
	}
	defer client.close()
	if _, err := client.socket.Write(redisCommand("FLUSHALL")); err != nil {
		return err
	}
	_, err = client.line('+')
	return err
}

func (b *redisBroker) producer(log int) (producer, error) { return b.open(log) }
func (b *redisBroker) consumer(log int) (consumer, error) { return b.open(log) }

func (c *redisClient) close() { _ = c.socket.Close() }

// line reads one line of an answer, which has to be of a kind.
func (c *redisClient) line(kind byte) ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 || line[0] != kind {
		return nil, fmt.Errorf("the answer %q is not of the kind %q", line, kind)
	}
	return line[1:], nil
}

func (c *redisClient) number(kind byte) (int, error) {
	line, err := c.line(kind)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(line))
}

// bulk reads the length of a string and passes over the string itself.
func (c *redisClient) bulk() (int, error) {
	length, err := c.number('$')
	if err != nil {
		return 0, err
	}
	_, err = c.in.Discard(length + 2)
	return length, err
}

func (c *redisClient) text() (string, error) {
	length, err := c.number('$')
	if err != nil {
		return "", err
	}
	bytes, err := c.in.Peek(length)
	if err != nil {
		return "", err
	}
	text := string(bytes)
	_, err = c.in.Discard(length + 2)
	return text, err
}

func (c *redisClient) sendOne() error {
	if _, err := c.socket.Write(c.add); err != nil {
		return err
	}
	_, err := c.bulk()
	return err
}

func (c *redisClient) sendAll(messages int) error {
	window := make(chan struct{}, redisWindow)
	written := make(chan error, 1)
	go func() { written <- c.writeBatches(messages/redisBatch, window) }()
	for number := range messages {
		if _, err := c.bulk(); err != nil {
			return err
		}
		if (number+1)%redisBatch == 0 {
			<-window
		}
	}
	return <-written
}

func (c *redisClient) writeBatches(batches int, window chan<- struct{}) error {
	batch := bytes.Repeat(c.add, redisBatch)
	for range batches {
		window <- struct{}{}
		if _, err := c.socket.Write(batch); err != nil {
			return err
		}
	}
	return nil
}

func (c *redisClient) readAll(messages int) error {
	for left := messages; left > 0; {
		count, err := c.read(min(left, redisBatch))
		if err != nil {
			return err
		}
		if count == 0 {
			return fmt.Errorf("%d messages are missing", left)
		}
		left -= count
	}
	return nil
}

func (c *redisClient) readOne(int) error {
	count, err := c.read(1)
	if err == nil && count != 1 {
		return errors.New("a message is missing")
	}
	return err
}

// read asks for the next messages and returns how many there were.
func (c *redisClient) read(limit int) (int, error) {
	command := redisCommand("XRANGE", c.key, "("+c.last, "+", "COUNT", strconv.Itoa(limit))
	if _, err := c.socket.Write(command); err != nil {
		return 0, err
	}
	count, err := c.number('*')
	if err != nil {
		return 0, err
	}
	for range count {
		if err := c.readEntry(); err != nil {
			return 0, err
		}
	}
	return count, nil
}

// An entry is its id and a list of one name and one value.
func (c *redisClient) readEntry() error {
	if _, err := c.number('*'); err != nil {
		return err
	}
	id, err := c.text()
	if err != nil {
		return err
	}
	c.last = id
	if _, err := c.number('*'); err != nil {
		return err
	}
	if _, err := c.bulk(); err != nil {
		return err
	}
	length, err := c.bulk()
	if err == nil && length != payloadBytes {
		return errors.New("a message has a wrong length")
	}
	return err
}
