package main

import (
	"errors"
	"net"
	"time"

	iggcli "github.com/apache/iggy/foreign/go/client"
	"github.com/apache/iggy/foreign/go/client/tcp"
	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

const (
	connectPatience = time.Second
	connectLimit    = 10 * time.Second
)

type connected struct {
	client iggcon.Client
	err    error
}

// connect gives up after a while: the client itself would dial for ever, also after a failed
// handshake. It looks whether anybody listens only when the client is slow to connect, as the
// broker would show that connection among the others.
func connect(args *arguments) (iggcon.Client, error) {
	options, err := connectOptions(args)
	if err != nil {
		return nil, err
	}
	done := make(chan connected, 1)
	go func() {
		client, err := iggcli.NewIggyClient(iggcli.WithTcp(options...))
		done <- connected{client, err}
	}()
	select {
	case result := <-done:
		return result.client, result.err
	case <-time.After(connectPatience):
	}
	probe, err := net.DialTimeout("tcp", args.Address, connectLimit)
	if err != nil {
		return nil, err
	}
	_ = probe.Close()
	select {
	case result := <-done:
		return result.client, result.err
	case <-time.After(connectLimit):
		return nil, errors.New("cannot connect within " + connectLimit.String())
	}
}

func connectOptions(args *arguments) ([]tcp.Option, error) {
	if args.Transport != "" && args.Transport != "tcp" {
		return nil, notOffered("this client knows TCP alone")
	}
	if args.Username != nil {
		return nil, notOffered("this client cannot log in by itself")
	}
	options := []tcp.Option{tcp.WithServerAddress(args.Address)}
	if args.TLS == nil {
		return options, nil
	}
	if args.TLS.CertFile != "" || args.TLS.KeyFile != "" {
		return nil, notOffered("this client has no certificate of its own")
	}
	domain, authority := tcp.WithTLSDomain(args.TLS.Domain), tcp.WithTLSCAFile(args.TLS.CaFile)
	return append(options, tcp.WithTLS(domain, authority)), nil
}
