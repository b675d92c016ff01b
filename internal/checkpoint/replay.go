package checkpoint

// ReplayPrefix is what the keys of a replay begin with, given what it replays into what. Once it is done it has none.
func ReplayPrefix(what string) string { return replayPrefix + fingerprint(what) + "." }

// ReplayKey is the key of how far a replay is.
func ReplayKey(what string) string { return ReplayPrefix(what) + "progress" }

const replayPrefix = "replay."
