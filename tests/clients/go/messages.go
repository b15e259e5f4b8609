package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

type message struct {
	ID      *string  `json:"id"`
	Payload []byte   `json:"payload"`
	Headers []header `json:"headers"`
}

type header struct {
	Key   string          `json:"key"`
	Kind  string          `json:"kind"`
	Value json.RawMessage `json:"value"`
}

// headerKinds are the names of the kinds of the protocol, by their numbers.
var headerKinds = []string{
	iggcon.Raw: "raw", iggcon.String: "string", iggcon.Bool: "bool",
	iggcon.Int8: "int8", iggcon.Int16: "int16", iggcon.Int32: "int32",
	iggcon.Int64: "int64", iggcon.Int128: "int128",
	iggcon.Uint8: "uint8", iggcon.Uint16: "uint16", iggcon.Uint32: "uint32",
	iggcon.Uint64: "uint64", iggcon.Uint128: "uint128",
	iggcon.Float: "float32", iggcon.Double: "float64",
}

func sendMessages(client iggcon.Client, args *arguments) (any, error) {
	messages := make([]iggcon.IggyMessage, 0, len(args.Messages))
	for _, given := range args.Messages {
		made, err := given.forClient()
		if err != nil {
			return nil, err
		}
		messages = append(messages, made)
	}
	stream, topic := args.Stream.Identifier, args.Topic.Identifier
	return nil, client.SendMessages(stream, topic, args.To.Partitioning, messages)
}

func (m message) forClient() (iggcon.IggyMessage, error) {
	options := []iggcon.IggyMessageOpt{}
	if m.ID != nil {
		id, err := wideBytes(*m.ID)
		if err != nil {
			return iggcon.IggyMessage{}, err
		}
		options = append(options, iggcon.WithID([16]byte(id)))
	}
	entries := make([]iggcon.HeaderEntry, 0, len(m.Headers))
	for _, given := range m.Headers {
		entry, err := given.forClient()
		if err != nil {
			return iggcon.IggyMessage{}, err
		}
		entries = append(entries, entry)
	}
	options = append(options, iggcon.WithUserHeaders(entries))
	return iggcon.NewIggyMessage(m.Payload, options...)
}

func (h header) forClient() (iggcon.HeaderEntry, error) {
	key, err := iggcon.NewHeaderKeyString(h.Key)
	if err != nil {
		return iggcon.HeaderEntry{}, err
	}
	kind := iggcon.HeaderKind(slices.Index(headerKinds, h.Kind))
	if kind < iggcon.Raw {
		return iggcon.HeaderEntry{}, misunderstood("unknown kind of header " + h.Kind)
	}
	value, err := headerBytes(kind, h.Value)
	if err != nil {
		return iggcon.HeaderEntry{}, misunderstood(err.Error())
	}
	return iggcon.HeaderEntry{Key: key, Value: iggcon.HeaderValue{Kind: kind, Value: value}}, nil
}

// headerBytes makes the bytes of a value: the client has no functions of its own for values.
func headerBytes(kind iggcon.HeaderKind, given json.RawMessage) ([]byte, error) {
	if kind == iggcon.Raw {
		var raw []byte
		return raw, json.Unmarshal(given, &raw)
	}
	if kind == iggcon.Bool {
		var value bool
		err := json.Unmarshal(given, &value)
		return map[bool][]byte{false: {0}, true: {1}}[value], err
	}
	var text string
	if err := json.Unmarshal(given, &text); err != nil {
		return nil, err
	}
	switch kind {
	case iggcon.String:
		return []byte(text), nil
	case iggcon.Float:
		value, err := strconv.ParseFloat(text, 32)
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(value))), err
	case iggcon.Double:
		value, err := strconv.ParseFloat(text, 64)
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)), err
	}
	bytes, err := wideBytes(text)
	return bytes[:kind.ExpectedSize()], err
}

// wideBytes makes the 16 bytes of a number, the lowest first; negative ones as two's complement.
func wideBytes(text string) ([]byte, error) {
	number, valid := new(big.Int).SetString(text, 10)
	if !valid {
		return make([]byte, 16), misunderstood(fmt.Sprintf("%q is not a number", text))
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), 128)
	bytes := new(big.Int).Mod(number, modulus).FillBytes(make([]byte, 16))
	slices.Reverse(bytes)
	return bytes, nil
}

// wideNumber is the inverse of wideBytes for numbers of any size.
func wideNumber(bytes []byte, signed bool) string {
	bytes = slices.Clone(bytes)
	slices.Reverse(bytes)
	number := new(big.Int).SetBytes(bytes)
	if signed && number.Bit(len(bytes)*8-1) == 1 {
		number.Sub(number, new(big.Int).Lsh(big.NewInt(1), uint(len(bytes)*8)))
	}
	return number.String()
}

func showHeader(entry iggcon.HeaderEntry) any {
	return map[string]any{
		"key":   string(entry.Key.Value),
		"kind":  headerKinds[entry.Value.Kind],
		"value": showHeaderValue(entry.Value.Kind, entry.Value.Value),
	}
}

func showHeaderValue(kind iggcon.HeaderKind, bytes []byte) any {
	switch kind {
	case iggcon.Raw:
		return bytes
	case iggcon.String:
		return string(bytes)
	case iggcon.Bool:
		return bytes[0] == 1
	case iggcon.Float:
		value := math.Float32frombits(binary.LittleEndian.Uint32(bytes))
		return strconv.FormatFloat(float64(value), 'f', -1, 32)
	case iggcon.Double:
		value := math.Float64frombits(binary.LittleEndian.Uint64(bytes))
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return wideNumber(bytes, kind <= iggcon.Int128)
}

func pollMessages(client iggcon.Client, args *arguments) (any, error) {
	reader, err := args.reader()
	if err != nil {
		return nil, err
	}
	polled, err := client.PollMessages(args.Stream.Identifier, args.Topic.Identifier, reader,
		args.From.PollingStrategy, args.Count, args.AutoCommit, args.Partition)
	if err != nil {
		return nil, err
	}
	messages := make([]any, 0, len(polled.Messages))
	for _, message := range polled.Messages {
		shown, err := showMessage(message)
		if err != nil {
			return nil, err
		}
		messages = append(messages, shown)
	}
	return map[string]any{
		"partition":     polled.PartitionId,
		"currentOffset": decimal(polled.CurrentOffset),
		"messages":      messages,
	}, nil
}

func showMessage(message iggcon.IggyMessage) (any, error) {
	headers, err := iggcon.DeserializeHeaders(message.UserHeaders)
	return map[string]any{
		"offset":          decimal(message.Header.Offset),
		"id":              wideNumber(message.Header.Id[:], false),
		"timestamp":       decimal(message.Header.Timestamp),
		"originTimestamp": decimal(message.Header.OriginTimestamp),
		"checksum":        decimal(message.Header.Checksum),
		"payload":         message.Payload,
		"headers":         list(showHeader)(headers),
	}, err
}

func getOffset(client iggcon.Client, args *arguments) (any, error) {
	reader, err := args.reader()
	if err != nil {
		return nil, err
	}
	stored, err := client.GetConsumerOffset(
		reader, args.Stream.Identifier, args.Topic.Identifier, args.Partition)
	return found(stored, err, showOffset)
}

func storeOffset(client iggcon.Client, args *arguments) (any, error) {
	reader, err := args.reader()
	if err != nil {
		return nil, err
	}
	return nil, client.StoreConsumerOffset(
		reader, args.Stream.Identifier, args.Topic.Identifier, args.Offset, args.Partition)
}

func deleteOffset(client iggcon.Client, args *arguments) (any, error) {
	reader, err := args.reader()
	if err != nil {
		return nil, err
	}
	return nil, client.DeleteConsumerOffset(
		reader, args.Stream.Identifier, args.Topic.Identifier, args.Partition)
}
