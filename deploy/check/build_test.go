package check

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// What the binaries of these tests say of themselves.
const (
	builtVersion  = "1.2.3-check"
	builtRevision = "0123abc"
)

// built is the folder with the binaries; all tests share it.
var built = struct {
	sync.Once
	dir string
	err error
}{}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binaries builds our binaries by exactly the command of the Dockerfile, and beside them the NATS server that the product's go.mod
// names. It returns the folder with all of them.
func binaries(t *testing.T) string {
	t.Helper()
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("SKIPPED: builds all binaries, for Linux")
	}
	command := buildCommand(t)
	built.Do(func() { built.dir, built.err = build(command, inRepo(t)) })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "bin")
}

func build(command, root string) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "mcis-check-"); err != nil {
		return "", err
	}
	ours := exec.Command("sh", "-c", strings.ReplaceAll(command, "/out/", dir+"/"))
	ours.Env = append(os.Environ(), "VERSION="+builtVersion, "REVISION="+builtRevision, "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH)
	server := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "nats-server"), "github.com/nats-io/nats-server/v2")
	for _, build := range []*exec.Cmd{ours, server} {
		build.Dir = root
		if text, err := build.CombinedOutput(); err != nil {
			return dir, fmt.Errorf("%s: %w\n%s", build, err, text)
		}
	}
	return dir, wget(filepath.Join(dir, "bin"))
}

// wget stands in for that of the alpine images where this machine has none.
func wget(bin string) error {
	if _, err := exec.LookPath("wget"); err == nil {
		return nil
	}
	const script = "#!/bin/sh\nfor url; do :; done\nexec mcis health \"$url\"\n"
	return os.WriteFile(filepath.Join(bin, "wget"), []byte(script), 0o755)
}

// buildCommand is what the Dockerfile runs to make the binaries, into /out/.
func buildCommand(t *testing.T) string {
	t.Helper()
	stages, _ := dockerfile(t)
	for _, stage := range stages {
		for _, command := range stage.Commands {
			if run, isRun := command.(*instructions.RunCommand); isRun && stage.Name == "build" {
				return strings.Join(run.CmdLine, " ")
			}
		}
	}
	t.Fatal("no stage builds")
	return ""
}
