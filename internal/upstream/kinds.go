package upstream

import (
	"net/url"
	"path"
	"strings"
	"sync"
)

// mostKinds bounds how many kinds of resources are told apart: links come with the documents, and whoever writes these must not
// decide how much is counted. The API has about 40.
const mostKinds = 100

// kinds knows what a link leads to.
type kinds struct {
	root string // path below which resources are: /ii/api/v2/

	mu    sync.Mutex
	known map[string]bool
}

// newKinds takes the list of bookings for one of the kinds.
func newKinds(list *url.URL) *kinds {
	return &kinds{root: strings.TrimSuffix(path.Dir(list.Path), "/") + "/", known: make(map[string]bool)}
}

// of is the kind of resource that a link leads to: customer of …/customer/64556, jobOffer of …/booking/840017/jobOffer/.
// Of a link that is of no such form, or of one kind too many, it is [ResourceOther].
func (k *kinds) of(target *url.URL) string {
	below, isBelow := strings.CutPrefix(target.Path, k.root)
	segments := strings.Split(strings.Trim(below, "/"), "/")
	kind := segments[(len(segments)-1)/2*2] // kinds and ids take turns
	if !isBelow || !isName(kind) || !k.know(kind) {
		return ResourceOther
	}
	return kind
}

func (k *kinds) know(kind string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.known[kind] && len(k.known) < mostKinds {
		k.known[kind] = true
	}
	return k.known[kind]
}

// isName reports whether a segment of a path may be the name of a kind.
func isName(text string) bool {
	const longest = 40
	for i, c := range text {
		isLetter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !isLetter && (i == 0 || c != '_' && c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return text != "" && len(text) <= longest
}
