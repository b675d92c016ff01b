package enricher

import (
	"slices"

	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/resource"
)

// place is a member of a booking that links to something which is to be fetched.
type place struct {
	name         string       // of the member, for people, gaps and counts: customer, jobOffers
	link         mapping.Path // of the member: the short form of a related resource, or the link to a collection
	into         mapping.Path // where what was fetched belongs: over the short form, or the array of the items
	kind         string
	lifetime     mapping.Lifetime
	isCollection bool
	isNested     bool // one place stands inside the other
}

// placesOf are the places that the mapping's columns need.
func placesOf(m *mapping.Mapping) []place {
	var places []place
	for _, r := range m.Relations() {
		places = append(places, place{name: r.Path.String(), link: r.Path, into: r.Path, kind: r.Kind, lifetime: r.Lifetime})
	}
	for _, c := range m.Collections() {
		places = append(places, place{name: c.Link.String(), link: c.Link, into: c.Path, kind: c.Kind, lifetime: c.Lifetime, isCollection: true})
	}
	for i := range places {
		p := &places[i]
		p.isNested = slices.ContainsFunc(places, func(other place) bool { return isWithin(p.into, other.into) || isWithin(other.into, p.into) })
	}
	return places
}

func isWithin(path, outer mapping.Path) bool {
	return len(path) > len(outer) && slices.Equal(path[:len(outer)], outer)
}

// linked is whether the booking has something at the place that leads on: a short form, or a link. What else may stand there
// (null, a value of the wrong type, which the mapper reports) does not.
func (p *place) linked(node *document.Node) bool {
	if p.isCollection {
		return node.Kind() == document.String && node.Text() != ""
	}
	return node.Kind() == document.Object
}

// want is what the place needs, on the terms of its booking.
func (p *place) want(node *document.Node, terms resource.Want) resource.Want {
	want := terms
	want.Kind, want.TTL, want.AbsentTTL = p.kind, p.lifetime.TTL, p.lifetime.AbsentTTL
	if p.isCollection {
		want.URI = node.Text()
		return want
	}
	want.URI = node.Get("uri").Text()
	want.Version, want.Modified = resource.Told(node)
	return want
}

func at(node *document.Node, path mapping.Path) *document.Node {
	for _, step := range path {
		node = node.Get(step)
	}
	return node
}
