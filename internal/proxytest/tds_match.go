package proxytest

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Prelogin matches the first message of a connection.
func Prelogin(m *Message) bool { return m.kind == packetPrelogin }

// Login matches the login, the message in which user and database stand.
func Login(m *Message) bool { return m.kind == packetLogin }

// Attention matches the request to cancel what is being done, which a cancelled context sends.
func Attention(m *Message) bool { return m.kind == packetAttention }

// BulkLoad matches the rows of a bulk copy. The statement before them is Statement("INSERT BULK").
func BulkLoad(m *Message) bool { return m.kind == packetBulkLoad }

// Reply matches what the server answers.
func Reply(m *Message) bool { return m.kind == packetReply }

// Text matches messages of any type that contain text in UTF-16, in whatever case.
func Text(text string) Matcher {
	lower := strings.ToLower(text)
	return func(m *Message) bool {
		for _, have := range m.texts() {
			if strings.Contains(have, lower) {
				return true
			}
		}
		return false
	}
}

// Batch matches statements without parameters that contain text, in whatever case.
func Batch(text string) Matcher { return ofKind(packetBatch, text) }

// RPC matches procedure calls that contain text, in whatever case: in the procedure's name or in a parameter.
// Statements with parameters are calls too, of sp_executesql, which is called by number and not by name.
func RPC(text string) Matcher { return ofKind(packetRPC, text) }

func ofKind(kind packetType, text string) Matcher {
	contains := Text(text)
	return func(m *Message) bool { return m.kind == kind && contains(m) }
}

// Statement matches statements that contain text, in whatever case, with parameters or without: [Batch] or [RPC].
func Statement(text string) Matcher {
	batch, call := Batch(text), RPC(text)
	return func(m *Message) bool { return batch(m) || call(m) }
}

// Begin matches the start of a transaction, be it a request to the transaction manager (as database/sql's BeginTx sends)
// or a statement with BEGIN TRAN in it.
func Begin(m *Message) bool { return m.isRequest(requestBegin) || beginStatement(m) }

// Commit matches the end of a transaction by COMMIT, sent either way like [Begin].
func Commit(m *Message) bool { return m.isRequest(requestCommit) || commitStatement(m) }

// Rollback matches the end of a transaction by ROLLBACK, sent either way like [Begin].
func Rollback(m *Message) bool { return m.isRequest(requestRollback) || rollbackStatement(m) }

var (
	beginStatement    = Statement("BEGIN TRAN")
	commitStatement   = Statement("COMMIT")
	rollbackStatement = Statement("ROLLBACK")
)

// Requests to the transaction manager, [MS-TDS] 2.2.6.9.
const (
	requestBegin    = 5
	requestCommit   = 7
	requestRollback = 8
)

func (m *Message) isRequest(request uint16) bool {
	if m.kind != packetTransaction {
		return false
	}
	_, body := cutHeaders(m.payload())
	return len(body) >= 2 && binary.LittleEndian.Uint16(body) == request
}

// cutHeaders parts a request's ALL_HEADERS ([MS-TDS] 2.2.5.3) from what follows and returns the transaction descriptor
// in them, nil if there is none.
func cutHeaders(payload []byte) (transaction, body []byte) {
	const lengths, descriptorHeader, descriptor = 4, 2, 8 // bytes, type of header, bytes
	if len(payload) < lengths {
		return nil, nil
	}
	total := int(min(uint64(binary.LittleEndian.Uint32(payload)), uint64(len(payload))))
	body = payload[total:]
	for rest := payload[min(lengths, total):total]; len(rest) >= lengths+2+descriptor; {
		length := int(min(uint64(binary.LittleEndian.Uint32(rest)), uint64(len(rest))))
		if binary.LittleEndian.Uint16(rest[lengths:]) == descriptorHeader {
			return rest[lengths+2:][:descriptor], body
		}
		rest = rest[max(1, length):]
	}
	return nil, body
}

// keepTransaction notes the transaction that a client's message is for: a bulk load does not say.
func (m *Message) keepTransaction(previous *Message) {
	switch {
	case m.kind == packetBatch, m.kind == packetRPC, m.kind == packetTransaction:
		m.transaction, _ = cutHeaders(m.payload())
	case previous != nil:
		m.transaction = previous.transaction
	}
}

// texts is the message in lower case, read as UTF-16LE from its first byte and from its second: what stands before a text
// need not have an even length.
func (m *Message) texts() []string {
	if m.text == nil {
		payload := m.payload()
		m.text = []string{lowerUTF16(payload), lowerUTF16(payload[min(1, len(payload)):])}
	}
	return m.text
}

func lowerUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.ToLower(string(utf16.Decode(units)))
}
