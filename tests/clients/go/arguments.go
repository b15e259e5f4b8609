package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
	ierror "github.com/apache/iggy/foreign/go/errors"
)

// arguments are those of all operations; each uses some of them.
type arguments struct {
	Address           string          `json:"address"`
	AutoCommit        bool            `json:"autoCommit"`
	ClientID          uint32          `json:"clientId"`
	Compression       string          `json:"compression"`
	Consumer          *identifier     `json:"consumer"`
	Count             uint32          `json:"count"`
	Current           string          `json:"current"`
	ExpiryMicros      *string         `json:"expiryMicros"`
	From              origin          `json:"from"`
	Fsync             bool            `json:"fsync"`
	Group             *identifier     `json:"group"`
	MaxSizeBytes      *string         `json:"maxSizeBytes"`
	Messages          []message       `json:"messages"`
	Name              string          `json:"name"`
	Next              string          `json:"next"`
	Offset            uint64          `json:"offset,string"`
	Partition         *uint32         `json:"partition"`
	Partitions        uint32          `json:"partitions"`
	Password          string          `json:"password"`
	Permissions       *permissions    `json:"permissions"`
	ReplicationFactor *uint8          `json:"replicationFactor"`
	Status            *string         `json:"status"`
	Stream            identifier      `json:"stream"`
	TLS               *security       `json:"tls"`
	To                target          `json:"to"`
	Token             string          `json:"token"`
	Topic             identifier      `json:"topic"`
	Transport         string          `json:"transport"`
	Types             json.RawMessage `json:"types"`
	User              identifier      `json:"user"`
	Username          *string         `json:"username"`
}

type security struct {
	CaFile   string `json:"caFile"`
	CertFile string `json:"certFile"`
	KeyFile  string `json:"keyFile"`
	Domain   string `json:"domain"`
}

// decode takes no names that it does not know, so that no argument is passed over.
func decode(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var refused ierror.IggyError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return misunderstood(err.Error())
}

// parse decodes the arguments of an operation that cannot do without some of them.
func parse(data json.RawMessage, needs []string) (*arguments, error) {
	if data == nil {
		data = json.RawMessage("{}")
	}
	var given map[string]json.RawMessage
	if err := decode(data, &given); err != nil {
		return nil, err
	}
	for _, name := range needs {
		if _, found := given[name]; !found {
			return nil, misunderstood(fmt.Sprintf("the argument %q is missing", name))
		}
	}
	args := &arguments{}
	return args, decode(data, args)
}

// identifier is a number or a name; the client itself says which names it takes.
type identifier struct {
	iggcon.Identifier
}

func (i *identifier) UnmarshalJSON(data []byte) (err error) {
	var name string
	if json.Unmarshal(data, &name) == nil {
		i.Identifier, err = iggcon.NewIdentifier(name)
		return err
	}
	var number uint32
	if err := json.Unmarshal(data, &number); err != nil {
		return err
	}
	i.Identifier, err = iggcon.NewIdentifier(number)
	return err
}

// reader is the consumer or the group that a request is made for.
func (a *arguments) reader() (iggcon.Consumer, error) {
	switch {
	case a.Consumer != nil && a.Group == nil:
		return iggcon.NewSingleConsumer(a.Consumer.Identifier), nil
	case a.Group != nil && a.Consumer == nil:
		return iggcon.NewGroupConsumer(a.Group.Identifier), nil
	}
	return iggcon.Consumer{}, misunderstood("one of the arguments consumer and group is needed")
}

// target is where messages are sent: "balanced", {partition} or {key}.
type target struct {
	iggcon.Partitioning
}

func (t *target) UnmarshalJSON(data []byte) (err error) {
	if string(data) == `"balanced"` {
		t.Partitioning = iggcon.None()
		return nil
	}
	var place struct {
		Partition *uint32 `json:"partition"`
		Key       []byte  `json:"key"`
	}
	if err := json.Unmarshal(data, &place); err != nil {
		return err
	}
	if place.Partition != nil {
		t.Partitioning = iggcon.PartitionId(*place.Partition)
		return nil
	}
	t.Partitioning = iggcon.Partitioning{
		Kind: iggcon.MessageKey, Length: len(place.Key), Value: place.Key,
	}
	return nil
}

// origin is where a poll starts: "first", "last", "next", {offset} or {timestamp}.
type origin struct {
	iggcon.PollingStrategy
}

func (o *origin) UnmarshalJSON(data []byte) error {
	var named string
	if json.Unmarshal(data, &named) == nil {
		return o.setNamed(named)
	}
	var place struct {
		Offset    *uint64 `json:"offset,string"`
		Timestamp *uint64 `json:"timestamp,string"`
	}
	if err := json.Unmarshal(data, &place); err != nil {
		return err
	}
	switch {
	case place.Offset != nil:
		o.PollingStrategy = iggcon.OffsetPollingStrategy(*place.Offset)
	case place.Timestamp != nil:
		o.PollingStrategy = iggcon.TimestampPollingStrategy(*place.Timestamp)
	default:
		return fmt.Errorf("a poll cannot start from %s", data)
	}
	return nil
}

func (o *origin) setNamed(name string) error {
	strategies := map[string]iggcon.PollingStrategy{
		"first": iggcon.FirstPollingStrategy(),
		"last":  iggcon.LastPollingStrategy(),
		"next":  iggcon.NextPollingStrategy(),
	}
	strategy, found := strategies[name]
	if !found {
		return fmt.Errorf("a poll cannot start from %q", name)
	}
	o.PollingStrategy = strategy
	return nil
}
