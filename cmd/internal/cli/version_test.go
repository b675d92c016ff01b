package cli

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBuildIsKnownFromWhereverItWasBuilt(t *testing.T) {
	info := func(version, revision, modified string) *debug.BuildInfo {
		b := &debug.BuildInfo{Main: debug.Module{Version: version}}
		for key, value := range map[string]string{"vcs.revision": revision, "vcs.modified": modified} {
			if value != "" {
				b.Settings = append(b.Settings, debug.BuildSetting{Key: key, Value: value})
			}
		}
		return b
	}
	tests := []struct {
		name              string
		version, revision string
		info              *debug.BuildInfo
		want              Build
	}{
		{"as the linker was told", "v1.2.3", "4f2a", info("v0.0.0-2026", "beef", "true"), Build{Version: "v1.2.3", Revision: "4f2a"}},
		{"a checkout", "", "", info("v1.2.4-0.20260102030405-beefbeefbeef", "beef", "false"), Build{Version: "v1.2.4-0.20260102030405-beefbeefbeef", Revision: "beef"}},
		{"one that was changed", "", "", info("(devel)", "beef", "true"), Build{Version: "devel", Revision: "beef-dirty"}},
		{"no repository", "", "", info("(devel)", "", ""), Build{Version: "devel", Revision: "unknown"}},
		{"nothing at all", "", "", new(debug.BuildInfo), Build{Version: "devel", Revision: "unknown"}},
	}
	for _, test := range tests {
		test.want.Go = runtime.Version()
		if diff := cmp.Diff(test.want, buildOf(test.version, test.revision, test.info)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestEveryBinaryHasItsVersion(t *testing.T) {
	Version = "v1.2.3"
	t.Cleanup(func() { Version = "" })
	var out, problems bytes.Buffer
	code := Run(t.Context(), "loader", "", &struct {
		Required string `required:""`
	}{}, []string{"--version"}, Streams{Out: &out, Err: &problems})
	if code != ExitDone || !strings.HasPrefix(out.String(), "loader v1.2.3, revision ") || problems.Len() > 0 {
		t.Errorf("exit code %d, %q, %q", code, out.String(), problems.String())
	}
}
