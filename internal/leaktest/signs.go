package leaktest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// sign is a text that gives a secret away.
type sign struct {
	secret, form string
	text         []byte
}

// shortest is the length from which a text is a sign: shorter ones are found in any log.
const shortest = 6

// signsOf are the texts that give a secret away, each once, the whole before its parts.
func signsOf(secret Secret) (signs []sign) {
	known := make(map[string]bool)
	add := func(form string, texts ...string) {
		for _, text := range texts {
			if len(text) >= shortest && !known[text] {
				known[text] = true
				signs = append(signs, sign{secret: secret.Name, form: form, text: []byte(text)})
			}
		}
	}
	value := secret.Value
	if len(value) < shortest {
		return nil
	}
	add("plain", value)
	add("in a URL", url.QueryEscape(value), url.PathEscape(value), strings.TrimPrefix(url.UserPassword("", value).String(), ":"))
	add("quoted", inner(strconv.Quote(value)), inner(strconv.QuoteToASCII(value)), inner(inJSON(value)))
	add("base64", inBase64(value)...)
	add("hexadecimal", hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))))
	add("a part", words(value)...)
	return signs
}

// words are the parts of a value that are like no other text: letters and digits in one.
func words(value string) (texts []string) {
	for _, text := range strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if strings.ContainsFunc(text, unicode.IsLetter) && strings.ContainsFunc(text, unicode.IsDigit) {
			texts = append(texts, text)
		}
	}
	return texts
}

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

func inJSON(value string) string {
	text, err := json.Marshal(value)
	if err != nil { // a string always has a form in JSON
		panic(err)
	}
	return string(text)
}

// inBase64 is what of a value's base64 does not depend on what stands before and behind it, as a user and a colon do in
// Basic authentication: three bytes become four characters, so there are three ways for it to begin.
func inBase64(value string) (texts []string) {
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), value...))
			skip := (before*8 + 5) / 6 // characters with bits of what stands before
			whole := (before + len(value)) * 8 / 6
			texts = append(texts, text[skip:whole])
		}
	}
	return texts
}
