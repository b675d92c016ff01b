package document

import "sync"

// Arena is memory for documents that end together: those of one booking, of which nothing is left when its record is
// written. What is parsed, merged and edited in it takes no memory of its own, so that there is next to nothing to
// collect. It is not safe for concurrent use; reading its documents is, while nothing is made in it.
//
// A nil *Arena stands for the heap: what is made in it lives as long as it is in use. The package's functions do that.
type Arena struct {
	nodes      slab[Node]
	members    slab[Member]
	containers slab[container]
}

var arenas = sync.Pool{New: func() any { return new(Arena) }}

// NewArena returns an empty arena, which is to be freed.
func NewArena() *Arena { return arenas.Get().(*Arena) }

// Free ends the arena and all documents that were made in it: none of them may be used afterwards. Texts that were taken
// from them stay.
func (a *Arena) Free() {
	a.reset()
	arenas.Put(a)
}

func (a *Arena) reset() {
	a.nodes.reset()
	a.members.reset()
	a.containers.reset()
}

// What a document of so many bytes is expected to hold. Bookings and details have 29 to 32 bytes a value, names included,
// and about ten values a container.
const (
	bytesPerValue      = 28
	valuesPerContainer = 9
	mostExpected       = 2048 // values: a document may be one long text
)

// newDocument is the memory for one document on the heap.
func newDocument(bytes int) *Arena {
	values := min(bytes/bytesPerValue+1, mostExpected)
	return &Arena{
		nodes:      slab[Node]{chunk: make([]Node, values)},
		members:    slab[Member]{chunk: make([]Member, values)},
		containers: slab[container]{chunk: make([]container, values/valuesPerContainer+1)},
	}
}

// node is a scalar or null.
func (a *Arena) node(literal string) *Node {
	n := a.nodes.one()
	n.literal = literal
	return n
}

// newContainer is an object or array with a copy of the members, and with room for some more.
func (a *Arena) newContainer(kind Kind, members []Member, more int) *Node {
	if a == nil {
		return newAlone(kind, members, more)
	}
	n, c := a.nodes.one(), a.containers.one()
	n.container, c.kind = c, kind
	if room := len(members) + more; room > 0 {
		c.members = append(a.members.take(room)[:0], members...)
	}
	return n
}

// leastRoom is how many members a container has room for that grows one by one.
const leastRoom = 8

// push adds a member to a container, whose members move to a larger room when theirs is full.
func (a *Arena) push(c *container, m Member) {
	if len(c.members) == cap(c.members) {
		room := max(leastRoom, 2*len(c.members))
		c.members = append(a.members.take(room)[:0:room], c.members...)
	}
	c.members = append(c.members, m)
}

// newAlone is an object or array on the heap.
func newAlone(kind Kind, members []Member, more int) *Node {
	var alone struct {
		node      Node
		container container
	}
	alone.container.kind = kind
	if room := len(members) + more; room > 0 {
		alone.container.members = append(make([]Member, 0, room), members...)
	}
	alone.node.container = &alone.container
	return &alone.node
}

// slab hands out values from chunks: one allocation for many. The zero value is ready.
type slab[T any] struct {
	chunk []T // the latest
	used  int // of the chunk
	total int // of all chunks
}

const leastChunk = 64

// take hands out n values, which are zero.
func (s *slab[T]) take(n int) []T {
	if s.used+n > len(s.chunk) {
		s.chunk, s.used = make([]T, max(n, leastChunk)), 0
	}
	s.used += n
	s.total += n
	return s.chunk[s.used-n : s.used : s.used]
}

func (s *slab[T]) one() *T { return &s.take(1)[0] }

// reset takes everything back. After it took several chunks there is a single one, which would have been large enough.
func (s *slab[T]) reset() {
	if s.total > len(s.chunk) {
		s.chunk = make([]T, s.total+s.total/4)
	} else {
		clear(s.chunk[:s.used])
	}
	s.used, s.total = 0, 0
}
