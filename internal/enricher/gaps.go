package enricher

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
	"mcis/internal/mapping"
)

// noGaps is what most bookings have.
var noGaps = parsed("[]")

// gapsOf is the array of what is missing, for [mapping.GapsMember]. It is there when nothing is: then the gaps that an earlier
// observation had are no more.
//
//	[{"relation": "visit", "status": 404, "reason": "refused"}]
func gapsOf(all []found) *document.Node {
	var list []byte
	for i := range all {
		if all[i].Document == nil {
			list = all[i].appendGap(list)
		}
	}
	if len(list) == 0 {
		return noGaps
	}
	return parsed("[" + string(list) + "]")
}

func (f *found) appendGap(list []byte) []byte {
	if len(list) > 0 {
		list = append(list, ',')
	}
	list = appendText(append(list, '{'), mapping.GapRelation)
	list = appendText(append(list, ':'), f.name)
	list = appendText(append(list, ','), mapping.GapStatus)
	list = strconv.AppendInt(append(list, ':'), int64(f.Status), 10)
	list = appendText(append(list, ','), mapping.GapReason)
	list = appendText(append(list, ':'), string(f.Reason))
	return append(list, '}')
}

// appendText quotes a text. What is no UTF-8 in it is replaced: the error tells of nothing else.
func appendText(dst []byte, text string) []byte {
	quoted, _ := jsontext.AppendQuote(dst, text)
	return quoted
}

// parsed is the tree of JSON that was put together here.
func parsed(text string) *document.Node {
	node, err := document.Parse([]byte(text))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return node
}
