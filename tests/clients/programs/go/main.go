// SPDX-License-Identifier: Apache-2.0

// Go, with the library that is named first: coder (github.com/coder/websocket) or xnet
// (golang.org/x/net/websocket). See ../../README.md for what every program here prints.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	coder "github.com/coder/websocket"
	xnet "golang.org/x/net/websocket"
)

const subprotocol = "tickgate.v1.json"

func must(err error) {
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}

func withCoder(url, request string, leaves bool) {
	ctx := context.Background()
	options := &coder.DialOptions{Subprotocols: []string{subprotocol}}
	wire, _, err := coder.Dial(ctx, url, options)
	must(err)
	wire.SetReadLimit(1 << 24)
	fmt.Println("open", wire.Subprotocol())
	must(wire.Write(ctx, coder.MessageText, []byte(request)))
	for count := 1; ; count++ {
		_, text, err := wire.Read(ctx)
		var closed coder.CloseError
		if errors.As(err, &closed) {
			fmt.Println("close", int(closed.Code), closed.Reason)
			return
		}
		if err != nil {
			fmt.Println("close", 1006, err)
			return
		}
		fmt.Println("text", string(text))
		if leaves && count == 10 {
			// An error unless the answer to it came, with the same code.
			if err := wire.Close(coder.StatusNormalClosure, ""); err != nil {
				fmt.Println("close", 1006, err)
			} else {
				fmt.Println("close", 1000)
			}
			return
		}
	}
}

// This one tells its user no code: an end is io.EOF if a close frame came, or if none did.
func withXnet(url, request string, leaves bool) {
	config, err := xnet.NewConfig(url, "http://localhost/")
	must(err)
	config.Protocol = []string{subprotocol}
	wire, err := xnet.DialConfig(config)
	must(err)
	fmt.Println("open", wire.Config().Protocol[0])
	must(xnet.Message.Send(wire, request))
	for count := 1; ; count++ {
		var text string
		if err := xnet.Message.Receive(wire, &text); err != nil {
			fmt.Println("close", 0, err)
			return
		}
		fmt.Println("text", text)
		if leaves && count == 10 {
			must(wire.Close())
			fmt.Println("close", 0)
			return
		}
	}
}

func main() {
	library, url, request, mode := os.Args[1], os.Args[2], os.Args[4], os.Args[5]
	run := map[string]func(string, string, bool){"coder": withCoder, "xnet": withXnet}[library]
	run(url, request, mode == "leave")
}
