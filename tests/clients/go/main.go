// The official Go client against a running broker: <host:port> write|verify|group|errors [count] [batch]
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	iggcli "github.com/apache/iggy/foreign/go/client"
	"github.com/apache/iggy/foreign/go/client/tcp"
	iggcon "github.com/apache/iggy/foreign/go/contracts"
)

func main() {
	mode := ""
	if len(os.Args) > 2 {
		mode = os.Args[2]
	}
	messages, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "go %s failed: %v\n", mode, err)
		os.Exit(1)
	}
	fmt.Printf("{\"client\":\"go\",\"mode\":%q,\"messages\":%d,\"ok\":true}\n", mode, messages)
}

// run answers the number of messages that the mode was about.
func run(arguments []string) (uint64, error) {
	if len(arguments) < 2 {
		return 0, fmt.Errorf("usage: <host:port> write|verify|group|errors [count] [batch]")
	}
	address, mode := arguments[0], arguments[1]
	count, err := number(arguments, 2, 100_000)
	if err != nil {
		return 0, err
	}
	batch, err := number(arguments, 3, 1000)
	if err != nil {
		return 0, err
	}
	p := plan{count: count, batch: max(1, batch)}
	switch mode {
	case "write", "verify":
		return p.count, loggedIn(address, func(client iggcon.Client) error {
			return writeOrVerify(client, mode, p)
		})
	case "group":
		return balancedCount + keyedCount, loggedIn(address, checkGroup)
	case "errors":
		return 0, provokeErrors(address)
	}
	return 0, fmt.Errorf("unknown mode %s", mode)
}

func number(arguments []string, index int, otherwise uint64) (uint64, error) {
	if len(arguments) <= index {
		return otherwise, nil
	}
	return strconv.ParseUint(arguments[index], 10, 64)
}

// loggedIn runs an action with a client that is connected and logged in as root.
func loggedIn(address string, action func(iggcon.Client) error) error {
	client, err := connect(address)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	identity, err := client.LoginUser("iggy", "iggy")
	if err != nil {
		return during("log in", err)
	}
	if err := same("user id of root", identity.UserId, uint32(0)); err != nil {
		return err
	}
	if err := client.Ping(); err != nil {
		return during("ping", err)
	}
	return action(client)
}

func writeOrVerify(client iggcon.Client, mode string, p plan) error {
	if mode == "write" {
		if err := write(client, p); err != nil {
			return err
		}
	}
	return verify(client, p, mode == "write")
}

// connect looks first whether anybody listens: the client itself would try for ever.
func connect(address string) (iggcon.Client, error) {
	probe, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, during("connect", err)
	}
	_ = probe.Close()
	client, err := iggcli.NewIggyClient(iggcli.WithTcp(tcp.WithServerAddress(address)))
	return client, during("connect", err)
}
