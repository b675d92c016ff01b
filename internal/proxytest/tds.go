package proxytest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
	"testing"
)

// packetType is the first byte of a packet, [MS-TDS] 2.2.3.1.1.
type packetType byte

const (
	packetBatch       packetType = 0x01
	packetRPC         packetType = 0x03
	packetReply       packetType = 0x04
	packetAttention   packetType = 0x06
	packetBulkLoad    packetType = 0x07
	packetFedAuth     packetType = 0x08
	packetTransaction packetType = 0x0E
	packetLogin       packetType = 0x10
	packetSSPI        packetType = 0x11
	packetPrelogin    packetType = 0x12
)

// A packet's header, [MS-TDS] 2.2.3.1: type, status, length with the header (big endian), process id, packet id, window.
const (
	packetHeader = 8    // bytes
	endOfMessage = 0x01 // bit of the status
)

// StartTDS starts a proxy before the SQL Server that databaseURL (sqlserver://…) names and returns it with the URL that
// leads through it. Rules look at messages of TDS. The URL has encrypt=disable: the proxy cannot look into TLS.
func StartTDS(t testing.TB, databaseURL string) (p *Proxy, through string) {
	t.Helper()
	target, err := url.Parse(databaseURL)
	if err != nil || target.Hostname() == "" {
		t.Fatal("proxytest: the database's URL has no host")
	}
	address := target.Host
	if target.Port() == "" {
		address += ":1433"
	}
	p = start(t, address, tds{})
	query := target.Query()
	query.Set("encrypt", "disable")
	target.Host, target.RawQuery = p.Addr(), query.Encode()
	return p, target.String()
}

// tds is the framing of TDS. What a client sends is read to its end, for its text to be known, but for bulk loads, which
// are long; these and answers are matched by their first packet.
type tds struct{}

func (tds) next(r *bufio.Reader, d Direction) (*Message, error) {
	packet, last, err := readPacket(r)
	m := &Message{Bytes: packet}
	if err != nil {
		return m, err
	}
	m.kind, m.unended = packetType(packet[0]), !last
	for m.unended && d == ToServer && m.kind != packetBulkLoad {
		packet, last, err = readPacket(r)
		m.Bytes = append(m.Bytes, packet...)
		if err != nil {
			return m, err
		}
		m.unended = !last
	}
	return m, nil
}

func (tds) more(r *bufio.Reader) (piece []byte, last bool, err error) { return readPacket(r) }

// readPacket reads a packet with its header. It returns what it has read even if it fails.
func readPacket(r io.Reader) (packet []byte, last bool, err error) {
	header := make([]byte, packetHeader)
	if n, err := io.ReadFull(r, header); err != nil {
		return header[:n], false, err
	}
	length := int(binary.BigEndian.Uint16(header[2:]))
	if !isPacketType(packetType(header[0])) || length < packetHeader {
		return header, false, fmt.Errorf("packet header % x: %w (TDS without TLS)", header, errFraming)
	}
	packet = make([]byte, length)
	copy(packet, header)
	n, err := io.ReadFull(r, packet[packetHeader:])
	return packet[:packetHeader+n], header[1]&endOfMessage != 0, err
}

func isPacketType(t packetType) bool {
	switch t {
	case packetBatch, packetRPC, packetReply, packetAttention, packetBulkLoad, packetFedAuth,
		packetTransaction, packetLogin, packetSSPI, packetPrelogin:
		return true
	}
	return false
}

// payload is a message's bytes without the headers of its packets.
func (m *Message) payload() []byte {
	var payload []byte
	for rest := m.Bytes; len(rest) >= packetHeader; {
		length := max(packetHeader, min(int(binary.BigEndian.Uint16(rest[2:])), len(rest)))
		payload = append(payload, rest[packetHeader:length]...)
		rest = rest[length:]
	}
	return payload
}

// packets is a payload as a message, in packets that every client accepts: 512 bytes is the least that may be agreed on.
func packets(kind packetType, payload []byte) []byte {
	const most = 512 - packetHeader
	var message []byte
	for id := byte(1); ; id++ {
		part := payload[:min(most, len(payload))]
		payload = payload[len(part):]
		var status byte
		if len(payload) == 0 {
			status = endOfMessage
		}
		message = append(message, byte(kind), status)
		message = binary.BigEndian.AppendUint16(message, uint16(packetHeader+len(part)))
		message = append(message, 0, 0, id, 0)
		message = append(message, part...)
		if len(payload) == 0 {
			return message
		}
	}
}
