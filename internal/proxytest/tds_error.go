package proxytest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// SQLError is an error that a rule answers with, with SQL Server's fields. Zero fields but Number are filled in.
type SQLError struct {
	Number    int32
	State     uint8  // 1
	Class     uint8  // severity, 16. From 20 on the connection ends with the error
	Message   string // "error <Number> of a test"
	Server    string // "proxytest"
	Procedure string // none
	Line      int32  // 1
}

// fatalClass is the least severity that ends a connection (Microsoft's "Database Engine error severities").
const fatalClass = 20

// Tokens of an answer, [MS-TDS] 2.2.7.
const (
	tokenError     = 0xAA
	tokenEnvChange = 0xE3
	tokenDone      = 0xFD
	tokenDoneProc  = 0xFE
	doneError      = 0x0002 // bit of DONE's status
	envRollback    = 10     // type of ENVCHANGE
)

// answer is the server's message with the error to a request of a type. rolledBack is the descriptor of the transaction
// that ended with it, or nil.
func (e SQLError) answer(request packetType, rolledBack []byte) []byte {
	var tokens []byte
	if len(bytes.Trim(rolledBack, "\x00")) > 0 { // 0 is no transaction
		tokens = append(tokens, tokenEnvChange)
		tokens = binary.LittleEndian.AppendUint16(tokens, uint16(3+len(rolledBack)))
		tokens = append(tokens, envRollback, 0, byte(len(rolledBack))) // no new transaction, the old one
		tokens = append(tokens, rolledBack...)
	}
	tokens = append(tokens, e.filled().token()...)
	done := byte(tokenDone)
	if request == packetRPC {
		done = tokenDoneProc
	}
	tokens = append(tokens, done)
	tokens = binary.LittleEndian.AppendUint16(tokens, doneError)
	tokens = append(tokens, make([]byte, 2+8)...) // the current command and the count of rows, not valid
	return packets(packetReply, tokens)
}

func (e SQLError) filled() SQLError {
	if e.State == 0 {
		e.State = 1
	}
	if e.Class == 0 {
		e.Class = 16
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("error %d of a test", e.Number)
	}
	if e.Server == "" {
		e.Server = "proxytest"
	}
	if e.Line == 0 {
		e.Line = 1
	}
	return e
}

// token is the ERROR token of TDS 7.2 and later, [MS-TDS] 2.2.7.10.
func (e SQLError) token() []byte {
	const longest = 2047 // characters: the longest text of an error (RAISERROR)
	message, server, procedure := utf16Of(e.Message, longest), utf16Of(e.Server, 255), utf16Of(e.Procedure, 255)
	var body []byte
	body = binary.LittleEndian.AppendUint32(body, uint32(e.Number))
	body = append(body, e.State, e.Class)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(message)/2))
	body = append(body, message...)
	body = append(body, byte(len(server)/2))
	body = append(body, server...)
	body = append(body, byte(len(procedure)/2))
	body = append(body, procedure...)
	body = binary.LittleEndian.AppendUint32(body, uint32(e.Line))
	return append(binary.LittleEndian.AppendUint16([]byte{tokenError}, uint16(len(body))), body...)
}

// utf16Of is a text in UTF-16LE, cut to a number of units.
func utf16Of(text string, most int) []byte {
	units := utf16.Encode([]rune(text))
	var b []byte
	for _, unit := range units[:min(most, len(units))] {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// rollback is a statement that ends the transaction with a descriptor, if there is one.
func rollback(transaction []byte) []byte {
	const header = 4 + 2 + 8 + 4 // length, type, descriptor, outstanding requests: [MS-TDS] 2.2.5.3.2
	var descriptor [8]byte       // 0 is none
	copy(descriptor[:], transaction)
	payload := binary.LittleEndian.AppendUint32(nil, 4+header)
	payload = binary.LittleEndian.AppendUint32(payload, header)
	payload = binary.LittleEndian.AppendUint16(payload, 2) // the transaction descriptor
	payload = append(payload, descriptor[:]...)
	payload = binary.LittleEndian.AppendUint32(payload, 1)
	const longest = 100
	return packets(packetBatch, append(payload, utf16Of("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION", longest)...))
}
