package proxytest

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPacketsHoldTheirPayload(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(rt, "payload")
		follower := packets(packetAttention, nil)
		wire := append(packets(packetBatch, payload), follower...)
		r := bufio.NewReader(bytes.NewReader(wire))
		m, err := tds{}.next(r, ToServer)
		if err != nil || m.kind != packetBatch || m.unended || !bytes.Equal(m.payload(), payload) {
			rt.Fatalf("read %+v and error %v", m, err)
		}
		if m, err := (tds{}).next(r, ToServer); err != nil || !bytes.Equal(m.Bytes, follower) {
			rt.Fatalf("then read %+v and error %v", m, err)
		}
	})
}

func TestTextIsFoundWhereverItStands(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		before := rapid.SliceOfN(rapid.Byte(), 0, 1200).Draw(rt, "before")
		text := rapid.SampledFrom([]string{"Insert Bulk", "sp_getapplock", "ÜBERGABE", "🙂x"}).Draw(rt, "text")
		payload := append(before, utf16Of(text, 100)...)
		m := &Message{kind: packetRPC, Bytes: packets(packetRPC, payload)}
		for _, pattern := range []string{strings.ToUpper(text), strings.ToLower(text)} {
			if !RPC(pattern)(m) || !Statement(pattern)(m) || Batch(pattern)(m) {
				rt.Fatalf("%q is not found, or in the wrong type", pattern)
			}
		}
		if Text("merge")(m) {
			rt.Fatal("found what is not there")
		}
	})
}

// What go-mssqldb sends for BeginTx, Commit and Rollback in transaction 0102030405060708.
func TestRequestsToTheTransactionManager(t *testing.T) {
	headers := "16000000" + "12000000" + "0200" + "0102030405060708" + "01000000"
	tests := map[string]struct {
		body string
		want [3]bool // begin, commit, rollback
	}{
		"begin":    {"0500" + "00" + "00", [3]bool{true, false, false}},
		"commit":   {"0700" + "00" + "00", [3]bool{false, true, false}},
		"rollback": {"0800" + "00" + "00", [3]bool{false, false, true}},
		"save":     {"0900" + "00", [3]bool{}},
		"nothing":  {"", [3]bool{}},
	}
	for name, test := range tests {
		m := &Message{kind: packetTransaction, Bytes: packets(packetTransaction, unhex(t, headers+test.body))}
		m.keepTransaction(nil)
		if diff := cmp.Diff(test.want, [3]bool{Begin(m), Commit(m), Rollback(m)}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if want := unhex(t, "0102030405060708"); !bytes.Equal(m.transaction, want) {
			t.Errorf("%s: transaction % x", name, m.transaction)
		}
		own := &Message{kind: packetBatch, Bytes: rollback(m.transaction)}
		if own.keepTransaction(nil); !Rollback(own) || !bytes.Equal(own.transaction, m.transaction) {
			t.Errorf("%s: the proxy's own rollback is % x", name, own.Bytes)
		}
		rows := &Message{kind: packetBulkLoad}
		if rows.keepTransaction(m); !bytes.Equal(rows.transaction, m.transaction) {
			t.Errorf("%s: transaction % x of the bulk load behind it", name, rows.transaction)
		}
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnswerWithAnError(t *testing.T) {
	e := SQLError{Number: 1205, State: 2, Class: 13, Message: "é", Server: "s", Procedure: "p", Line: 3}
	token := "AA" + "1400" + "B5040000" + "02" + "0D" + "0100" + "E900" + "01" + "7300" + "01" + "7000" + "03000000"
	done := "0200" + "0000" + "0000000000000000"
	tests := map[string]struct {
		request    packetType
		rolledBack string
		want       string
	}{
		"statement":      {packetBatch, "", "04010000" + "00000100" + token + "FD" + done},
		"procedure":      {packetRPC, "", "04010000" + "00000100" + token + "FE" + done},
		"no transaction": {packetBatch, "0000000000000000", "04010000" + "00000100" + token + "FD" + done},
		"rolled back":    {packetBatch, "0102030405060708", "04010000" + "00000100" + "E30B000A00080102030405060708" + token + "FD" + done},
	}
	for name, test := range tests {
		want := unhex(t, test.want)
		want[2], want[3] = byte(len(want)>>8), byte(len(want))
		var rolledBack []byte
		if test.rolledBack != "" {
			rolledBack = unhex(t, test.rolledBack)
		}
		if got := e.answer(test.request, rolledBack); !bytes.Equal(got, want) {
			t.Errorf("%s:\n got % x\nwant % x", name, got, want)
		}
	}
}

func TestSliceSizesFollowFromTheSeed(t *testing.T) {
	sizes := func(seed uint64, connection int, d Direction) []int {
		p := &Proxy{shape: &shape{most: 1000, random: true, seed: seed}}
		w := &writer{link: &link{proxy: p, number: connection}, direction: d}
		var all []int
		for range 50 {
			all = append(all, w.size(w.currentShape()))
		}
		return all
	}
	if diff := cmp.Diff(sizes(1, 1, ToServer), sizes(1, 1, ToServer)); diff != "" {
		t.Error(diff)
	}
	for _, other := range [][]int{sizes(2, 1, ToServer), sizes(1, 2, ToServer), sizes(1, 1, ToClient)} {
		if cmp.Equal(sizes(1, 1, ToServer), other) {
			t.Error("another seed, connection or direction has the same sizes")
		}
	}
}

// FuzzTDS reads anything as TDS: nothing is lost or added, whatever it is, and the matchers bear it.
func FuzzTDS(f *testing.F) {
	f.Add(packets(packetBatch, []byte("\x04\x00\x00\x00S\x00")), true)
	f.Add(rollback([]byte("12345678")), true)
	f.Add(append(packets(packetBulkLoad, make([]byte, 1000)), 1, 2, 3), true)
	f.Add(SQLError{Number: 1205}.answer(packetRPC, []byte("12345678")), false)
	f.Add([]byte("\x17\x03\x03\x00\x20"), true)
	f.Fuzz(func(t *testing.T, wire []byte, toServer bool) {
		d := ToClient
		if toServer {
			d = ToServer
		}
		r := bufio.NewReader(bytes.NewReader(wire))
		var read []byte
		var previous *Message
		for {
			m, err := tds{}.next(r, d)
			read = append(read, m.Bytes...)
			if err != nil {
				checkRest(t, wire, read, err)
				return
			}
			m.follow(previous)
			_ = Begin(m) || Commit(m) || Rollback(m) || Text("x")(m) || Contains("x")(m)
			_ = rollback(m.transaction)
			for last := !m.unended; !last; {
				piece, isLast, err := tds{}.more(r)
				read = append(read, piece...)
				if err != nil {
					checkRest(t, wire, read, err)
					return
				}
				last = isLast
			}
			previous = m
		}
	})
}

// checkRest checks what was read of a stream that ended with an error.
func checkRest(t *testing.T, wire, read []byte, err error) {
	t.Helper()
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if !bytes.HasPrefix(wire, read) || ended != (len(read) == len(wire)) && !errors.Is(err, errFraming) {
		t.Errorf("%d of %d bytes read, then %v", len(read), len(wire), err)
	}
}
