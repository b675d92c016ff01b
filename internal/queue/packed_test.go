package queue

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPackedDataComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "data"), rapid.IntRange(1, 50).Draw(t, "times"))
		m := Message{Data: bytes.Clone(data)}
		for range rapid.IntRange(1, 3).Draw(t, "packed so often") {
			m.Pack()
			if m.Data != nil {
				t.Fatal("the data is still there")
			}
		}
		for range 2 {
			if err := m.Unpack(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(m.Data, data) || m.Packed != nil {
				t.Fatalf("%q came back as %q", data, m.Data)
			}
		}
	})
}

// A record's names repeat: of its data a small part is left, and no more memory than that.
func TestPackedDataIsSmall(t *testing.T) {
	var record strings.Builder
	for i := range 2000 {
		record.WriteString(`"visit.interpreter.address.country.name` + strings.Repeat("x", i%3) + `": "somewhere",`)
	}
	m := Message{Data: []byte(record.String())}
	m.Pack()
	if cap(m.Packed)*10 > record.Len() {
		t.Errorf("%d bytes take %d", record.Len(), cap(m.Packed))
	}
}

func TestUnpackRefusesRubbish(t *testing.T) {
	m := Message{Stream: "RECORDS", Sequence: 7, Packed: []byte("rubbish")}
	if err := m.Unpack(); err == nil || !strings.Contains(err.Error(), "unpack message 7 of RECORDS") || m.Data != nil {
		t.Errorf("%v, data %q", err, m.Data)
	}
}
