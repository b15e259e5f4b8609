// The driver of the official Go client: it does what the lines on standard input say and answers
// each by a line on standard output. tests/clients/DRIVER.md describes them.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
	ierror "github.com/apache/iggy/foreign/go/errors"
)

type request struct {
	ID     json.RawMessage `json:"id"`
	Client string          `json:"client"`
	Op     string          `json:"op"`
	Args   json.RawMessage `json:"args"`
}

type failure struct {
	Code int    `json:"code"`
	Text string `json:"text"`
}

// notOffered is an error that says why the client has no such call.
type notOffered string

func (reason notOffered) Error() string { return string(reason) }

// misunderstood is an error about a line that this driver does not understand.
type misunderstood string

func (reason misunderstood) Error() string { return string(reason) }

// driver holds the clients that are open, by the names that the lines give them.
type driver struct {
	clients map[string]iggcon.Client
}

func main() {
	d := driver{clients: map[string]iggcon.Client{}}
	if err := d.serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func (d driver) serve(input io.Reader, output io.Writer) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) == 0 && err == io.EOF {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		answer, err := d.answer(line)
		if err != nil {
			return fmt.Errorf("%w: %.200s", err, line)
		}
		if _, err := fmt.Fprintf(output, "%s\n", answer); err != nil {
			return err
		}
	}
}

// answer makes the line for one request; an error is a line that it does not understand.
func (d driver) answer(line []byte) ([]byte, error) {
	var asked request
	if err := decode(line, &asked); err != nil {
		return nil, err
	}
	result, err := d.perform(asked)
	var unknown misunderstood
	if errors.As(err, &unknown) {
		return nil, unknown
	}
	kind, value := outcome(result, err)
	return json.Marshal(map[string]any{"id": asked.ID, kind: value})
}

func outcome(result any, err error) (string, any) {
	var missing notOffered
	var known ierror.IggyError
	switch {
	case err == nil:
		return "ok", result
	case errors.As(err, &missing):
		return "notOffered", string(missing)
	case errors.As(err, &known):
		return "error", failure{Code: int(known.Code()), Text: known.Error()}
	}
	return "error", failure{Text: err.Error()}
}

func (d driver) perform(asked request) (any, error) {
	wanted, found := operations[asked.Op]
	if !found {
		return nil, misunderstood(fmt.Sprintf("unknown operation %q", asked.Op))
	}
	args, err := parse(asked.Args, wanted.needs)
	if err != nil {
		return nil, err
	}
	switch asked.Op {
	case "open":
		return nil, d.open(asked.Client, args)
	case "close":
		return nil, d.close(asked.Client)
	}
	client, open := d.clients[asked.Client]
	if !open {
		return nil, misunderstood(fmt.Sprintf("no client %q is open", asked.Client))
	}
	return protected(func() (any, error) { return wanted.run(client, args) })
}

// protected turns a panic of the client into an error.
func protected(action func() (any, error)) (result any, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			result, err = nil, fmt.Errorf("the client panicked: %v", reason)
		}
	}()
	return action()
}

func (d driver) open(name string, args *arguments) error {
	if previous, found := d.clients[name]; found {
		_ = previous.Close()
		delete(d.clients, name)
	}
	client, err := connect(args)
	if err == nil {
		d.clients[name] = client
	}
	return err
}

func (d driver) close(name string) error {
	client, found := d.clients[name]
	if !found {
		return misunderstood(fmt.Sprintf("no client %q is open", name))
	}
	delete(d.clients, name)
	return client.Close()
}
