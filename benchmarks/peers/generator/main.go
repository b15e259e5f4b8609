// Command generator sends to and reads from brokers that speak a protocol of their own, as fast as
// their usual clients can, and prints one line of JSON like the load generator in C.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	payloadBytes = 1000
	microsecond  = float64(time.Microsecond)
)

// A broker with as many logs (streams, partitions, keys) as there are connections.
type broker interface {
	create(logs int) error
	remove(logs int) error
	producer(log int) (producer, error)
	consumer(log int) (consumer, error)
}

type producer interface {
	// sendAll keeps as many messages under way as the client likes, and returns when all of them
	// are acknowledged.
	sendAll(messages int) error
	// sendOne returns when one message is acknowledged.
	sendOne() error
	close()
}

type consumer interface {
	// readAll reads so many messages from the first one on.
	readAll(messages int) error
	// readOne asks for one message, by its number from 0, and waits for it.
	readOne(number int) error
	close()
}

type result struct {
	Mode         string   `json:"mode"`
	Connections  int      `json:"connections"`
	Batches      int      `json:"batches"`
	Messages     int      `json:"messages"`
	Bytes        int      `json:"bytes"`
	Requests     int      `json:"requests"`
	Seconds      float64  `json:"seconds"`
	MbPerSecond  float64  `json:"mbPerSecond"`
	LatencyUsP50 *float64 `json:"latencyUsP50"`
	LatencyUsP99 *float64 `json:"latencyUsP99"`
}

type options struct {
	mode        string
	connections int
	batches     int
	messages    int
}

// A worker does the work of one connection; its latencies are those of single messages.
type worker struct {
	run       func() error
	latencies []time.Duration
	err       error
}

var payload = makePayload()

func makePayload() []byte {
	bytes := make([]byte, payloadBytes)
	for index := range bytes {
		bytes[index] = byte(index * 31)
	}
	return bytes
}

func newBroker(name string, port int) (broker, error) {
	switch name {
	case "nats":
		return newNats(port)
	case "redis":
		return newRedis(port)
	case "kafka":
		return newKafka(port)
	case "rabbitmq":
		return newRabbit(port)
	}
	return nil, fmt.Errorf("there is no broker %q", name)
}

// times runs one operation again and again and notes how long each took.
func (w *worker) times(count int, operation func(number int) error) error {
	w.latencies = make([]time.Duration, 0, count)
	for number := range count {
		started := time.Now()
		if err := operation(number); err != nil {
			return err
		}
		w.latencies = append(w.latencies, time.Since(started))
	}
	return nil
}

func sender(b broker, o options, log int) (*worker, func(), error) {
	p, err := b.producer(log)
	if err != nil {
		return nil, nil, err
	}
	w := &worker{}
	w.run = func() error {
		if o.messages > 1 {
			return p.sendAll(o.batches * o.messages)
		}
		return w.times(o.batches, func(int) error { return p.sendOne() })
	}
	return w, p.close, nil
}

func reader(b broker, o options, log int) (*worker, func(), error) {
	c, err := b.consumer(log)
	if err != nil {
		return nil, nil, err
	}
	w := &worker{}
	w.run = func() error {
		if o.messages > 1 {
			return c.readAll(o.batches * o.messages)
		}
		return w.times(o.batches, c.readOne)
	}
	return w, c.close, nil
}

// runTogether starts all workers at once and returns the time from there to the last one's end.
func runTogether(workers []*worker) time.Duration {
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for _, w := range workers {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			w.err = w.run()
		})
	}
	ready.Wait()
	started := time.Now()
	close(gate)
	done.Wait()
	return time.Since(started)
}

func work(b broker, o options) (result, error) {
	open := reader
	if o.mode == "send" {
		open = sender
		if err := b.create(o.connections); err != nil {
			return result{}, err
		}
	}
	workers := make([]*worker, o.connections)
	for log := range workers {
		w, closeIt, err := open(b, o, log)
		if err != nil {
			return result{}, err
		}
		defer closeIt()
		workers[log] = w
	}
	elapsed := runTogether(workers)
	for _, w := range workers {
		if w.err != nil {
			return result{}, w.err
		}
	}
	return summary(workers, o, elapsed), nil
}

func summary(workers []*worker, o options, elapsed time.Duration) result {
	requests := o.connections * o.batches
	bytes := requests * o.messages * payloadBytes
	var latencies []time.Duration
	for _, w := range workers {
		latencies = append(latencies, w.latencies...)
	}
	slices.Sort(latencies)
	return result{
		Mode:         o.mode,
		Connections:  o.connections,
		Batches:      o.batches,
		Messages:     o.messages,
		Bytes:        bytes,
		Requests:     requests,
		Seconds:      elapsed.Seconds(),
		MbPerSecond:  float64(bytes) / 1e6 / elapsed.Seconds(),
		LatencyUsP50: percentile(latencies, 50),
		LatencyUsP99: percentile(latencies, 99),
	}
}

// percentile is of nearest rank; nothing when single messages were not timed.
func percentile(sorted []time.Duration, percent int) *float64 {
	if len(sorted) == 0 {
		return nil
	}
	value := float64(sorted[(len(sorted)*percent+99)/100-1]) / microsecond
	return &value
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	var o options
	flags := flag.NewFlagSet("generator", flag.ExitOnError)
	broker := flags.String("broker", "", "nats, redis, kafka or rabbitmq")
	port := flags.Int("port", 0, "where it listens")
	deadline := flags.Duration("deadline", time.Minute, "when the work is given up")
	flags.StringVar(&o.mode, "mode", "", "send, poll or delete")
	flags.IntVar(&o.connections, "connections", 1, "clients, each with a log of its own")
	flags.IntVar(&o.batches, "batches", 100, "batches of each client")
	flags.IntVar(&o.messages, "messages", 1000, "messages in a batch; 1 waits for each of them")
	_ = flags.Parse(os.Args[1:])
	time.AfterFunc(*deadline, func() {
		fail(fmt.Errorf("the deadline of %v passed before the work was done", *deadline))
	})
	b, err := newBroker(*broker, *port)
	if err != nil {
		fail(err)
	}
	if o.mode == "delete" {
		if err := b.remove(o.connections); err != nil {
			fail(err)
		}
		return
	}
	r, err := work(b, o)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fail(err)
	}
}
