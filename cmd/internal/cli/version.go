package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// What was built, where whoever builds says so:
//
//	go build -ldflags "-X mcis/cmd/internal/cli.Version=v1.2.3 -X mcis/cmd/internal/cli.Revision=4f2a…"
//
// Without, it is what the Go command knows of the repository: see [ThisBuild].
var Version, Revision string

// Build is what a binary was built from.
type Build struct {
	Version  string // v1.2.3, or devel
	Revision string // of the repository; unknown when it was built without one
	Go       string
}

// String is one line for people.
func (b Build) String() string {
	return fmt.Sprintf("%s, revision %s, %s %s/%s", b.Version, b.Revision, b.Go, runtime.GOOS, runtime.GOARCH)
}

// ThisBuild is what this binary was built from.
func ThisBuild() Build {
	info, known := debug.ReadBuildInfo()
	if !known {
		info = new(debug.BuildInfo)
	}
	return buildOf(Version, Revision, info)
}

func buildOf(version, revision string, info *debug.BuildInfo) Build {
	const noVersion = "(devel)"
	stamped, settings := info.Main.Version, make(map[string]string)
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	if stamped == noVersion {
		stamped = ""
	}
	known := settings["vcs.revision"]
	if known != "" && settings["vcs.modified"] == "true" {
		known += "-dirty"
	}
	return Build{Version: cmp.Or(version, stamped, "devel"), Revision: cmp.Or(revision, known, "unknown"), Go: runtime.Version()}
}

// everywhere are the flags that every binary has.
type everywhere struct {
	Version kong.VersionFlag `name:"version" help:"Print the version and end."`
}
