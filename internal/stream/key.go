package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// maxKey is the longest encoded key in bytes. A key becomes part of a subject, and the server takes protocol lines
// of up to 4 KiB.
const maxKey = 1024

// encodeKey makes a valid bucket key of any string. Letters, digits, '/', '-' and '_' stay as they are, so that keys
// such as /customer/64556 can be read in the server's tools. So does a dot between two tokens, by which the server can
// filter; one that is the first or last byte or follows another, where the server takes none, does not. Any
// other byte becomes '=' and two hex digits. A key that would be too long becomes "==" and its SHA-256. Different
// strings give different keys.
func encodeKey(key string) string {
	if key == "" {
		return "=" // no encoded byte: those have their digits
	}
	if encoded := escape(key, true); len(encoded) <= maxKey {
		return encoded
	}
	sum := sha256.Sum256([]byte(key))
	return "==" + hex.EncodeToString(sum[:])
}

// escape encodes the bytes of a key, or of its beginning when more follows, which makes its last dot one between tokens.
func escape(key string, isWhole bool) string {
	var b strings.Builder
	inToken := false
	for i := range len(key) {
		c := key[i]
		isSeparator := c == '.' && inToken && (i < len(key)-1 || !isWhole)
		if isSeparator || isPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
		inToken = !isSeparator
	}
	return b.String()
}

// filters are the patterns of encoded keys that take in every key which begins with prefix. They take in no other when
// prefix ends with a dot between tokens; else those that share its whole tokens too.
func filters(prefix string) []string {
	encoded := escape(prefix, false)
	dot := strings.LastIndexByte(encoded, '.')
	tokens := encoded[:dot+1]
	if tokens == "" || tokens != encoded {
		return []string{tokens + ">"}
	}
	return []string{tokens + ">", encodeKey(prefix)} // the key that ends where the others go on has no further token
}

// decodeKey undoes encodeKey. It fails for hashed keys and for those that something else has put there.
func decodeKey(encoded string) (string, bool) {
	if encoded == "=" {
		return "", true
	}
	var b strings.Builder
	for i := 0; i < len(encoded); i++ {
		if encoded[i] != '=' {
			b.WriteByte(encoded[i])
			continue
		}
		if i+2 >= len(encoded) {
			return "", false
		}
		octet, err := hex.DecodeString(encoded[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.Write(octet)
		i += 2
	}
	return b.String(), encodeKey(b.String()) == encoded
}

func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '_'
}
