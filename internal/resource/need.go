package resource

import (
	"cmp"
	"strconv"
	"time"

	"mcis/internal/document"
	"mcis/internal/queue"
)

// need is a want by this process's clock and settings.
type need struct {
	uri          string // canonical
	key          string // of the process's own cache
	kind         string
	lane         queue.Lane
	isCollection bool

	detailFrom time.Time // since when a detail must have been observed
	absentFrom time.Time // since when it must have been found not to be had
	doubted    time.Time // before that nothing is believed to be absent, given up or not

	version  int64
	modified time.Time
	toldAt   time.Time
}

// need works out what a want comes to now. The refusal has a reason when its link is not followed.
func (c *Cache) need(want Want) (n need, refusal Resource) {
	if want.URI == "" {
		return need{}, absent(NoLink, 0, time.Time{})
	}
	uri, err := c.fetcher.Canonical(want.URI)
	if err != nil {
		c.logger.Debug("link is not fetched", "error", err)
		return need{}, absent(Foreign, 0, time.Time{})
	}
	now := time.Now()
	// What is asked for from now on is as new as can be, whatever another machine's clock says.
	upToNow := func(t time.Time) time.Time {
		if t.After(now) {
			return now
		}
		return t
	}
	base := latest(upToNow(want.NotBefore), upToNow(c.config.RefreshBefore))
	doubted := upToNow(want.AbsentNotBefore)
	return need{
		uri: uri, key: uri, kind: want.Kind, lane: cmp.Or(want.Lane, queue.Backfill),
		detailFrom: latest(base, now.Add(-positive(want.TTL, c.config.TTL))),
		absentFrom: latest(base, doubted, now.Add(-positive(want.AbsentTTL, c.config.AbsentTTL))),
		doubted:    doubted,
		version:    want.Version, modified: want.Modified, toldAt: upToNow(want.ToldAt),
	}, Resource{}
}

// ofCollection is the need of a collection: its key is no resource's, whatever a booking links to.
func (n need) ofCollection() need {
	n.isCollection, n.key = true, "collection "+n.uri
	return n
}

// claim is what the claim is taken on. Each lane has its own.
func (n need) claim() string {
	if n.lane == queue.Sync {
		return string(queue.Sync) + " " + n.key
	}
	return n.key
}

// met reports whether the resource is as new as needed.
func (n need) met(r Resource) bool {
	if r.Document == nil {
		return !r.ObservedAt.Before(n.absentFrom)
	}
	return !r.ObservedAt.Before(n.detailFrom) && (!n.isNewer(r.Document) || !r.ObservedAt.Before(n.toldAt))
}

// Members by which one form of a resource is known to be newer than another.
const (
	versionMember  = "versionValue"
	modifiedMember = "lastModifiedDate"
)

// isNewer reports whether the short form was newer than the detail, as far as both tell.
func (n need) isNewer(detail *document.Node) bool {
	if n.version > 0 && n.version > versionOf(detail, n.version) {
		return true
	}
	return !n.modified.IsZero() && n.modified.After(modifiedOf(detail, n.modified))
}

func versionOf(detail *document.Node, otherwise int64) int64 {
	version, err := strconv.ParseInt(string(detail.Get(versionMember).Raw()), 10, 64)
	if err != nil {
		return otherwise
	}
	return version
}

func modifiedOf(detail *document.Node, otherwise time.Time) time.Time {
	modified, err := time.Parse(time.RFC3339, detail.Get(modifiedMember).Text())
	if err != nil {
		return otherwise
	}
	return modified
}

// Told is what a short form tells of the resource's version and last change, for [Want]; 0 where it does not.
func Told(short *document.Node) (version int64, modified time.Time) {
	return versionOf(short, 0), modifiedOf(short, time.Time{})
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
