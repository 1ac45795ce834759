module tickgate/tests/clients/programs/go

go 1.19

require (
	github.com/coder/websocket v1.8.12
	golang.org/x/net v0.30.0
)
