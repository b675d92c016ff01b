package mapping

import "time"

// Lifetime is how long what the API said of a resource is reused. Zero stands for the enricher's own setting.
type Lifetime struct {
	TTL       time.Duration // of its detail
	AbsentTTL time.Duration // of the answer that it is not to be had (404, 403, 410)
}

// addResources reads the lifetimes of the kinds of resources, once all tables are known: a kind that no source fetches
// is a mistake in writing.
func (l *loading) addResources(defs []resourceDef) {
	lines := make(map[string]int, len(defs))
	for i := range defs {
		def := &defs[i]
		before, twice := lines[def.Kind]
		switch {
		case def.Kind == "":
			l.wrong(def.line, "resources: expected a kind, such as customer")
		case twice:
			l.wrong(def.line, "resource %s: listed before, on line %d", def.Kind, before)
		case !l.fetches(def.Kind):
			l.wrong(def.line, "resource %s: no source has it as its detail or collection", def.Kind)
		}
		lines[def.Kind] = def.line
		l.lifetimes[def.Kind] = Lifetime{TTL: l.duration(def, "ttl", def.TTL), AbsentTTL: l.duration(def, "absent_ttl", def.AbsentTTL)}
	}
}

// fetches reports whether a source wants resources of a kind.
func (l *loading) fetches(kind string) bool {
	for _, table := range l.tables {
		for _, source := range table.Sources {
			if source.Detail == kind {
				return true
			}
		}
	}
	return l.collection(kind) != nil
}

// duration reads a member of a resource; 0 where it is left out.
func (l *loading) duration(def *resourceDef, member, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		l.wrong(def.line, "resource %s: %s: %q: expected a duration above 0, such as 90m or 12h", def.Kind, member, text)
		return 0
	}
	return d
}
