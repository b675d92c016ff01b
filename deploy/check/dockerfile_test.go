package check

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher/ignorefile"
)

// dockerfile parses deploy/Dockerfile as BuildKit does; what its linter has to say fails the test.
func dockerfile(t *testing.T) (stages []instructions.Stage, global []instructions.ArgCommand) {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, "deploy", "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("%v", warning)
	}
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, location []parser.Range) {
		t.Errorf("%s: %s at %v", rule, message, location)
	}})
	stages, global, err = instructions.Parse(parsed.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	return stages, global
}

func TestDockerfileEndsInAnImageThatHoldsNothingElse(t *testing.T) {
	stages, _ := dockerfile(t)
	last := stages[len(stages)-1]
	if last.BaseName != "scratch" {
		t.Errorf("the image is made from %s", last.BaseName)
	}
	var user string
	var copied []string
	for _, command := range last.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.CmdCommand:
			if c.PrependShell {
				t.Errorf("an empty image has no shell to run %v", c.CmdLine)
			}
		case *instructions.CopyCommand:
			copied = append(copied, c.DestPath)
		case *instructions.RunCommand:
			t.Errorf("an empty image has nothing to run: %s", c)
		}
	}
	if !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(user) {
		t.Errorf("it runs as %q, expected numbers: Kubernetes cannot tell whether a name is root", user)
	}
	if want := []string{"/etc/ssl/certs/ca-certificates.crt", "/usr/local/bin/", "/archives/"}; !slices.Equal(copied, want) {
		t.Errorf("it holds %v, expected %v", copied, want)
	}
}

func TestDockerfilePinsItsBase(t *testing.T) {
	stages, global := dockerfile(t)
	var release string
	for _, arg := range global {
		for _, pair := range arg.Args {
			if pair.Key == "GO_VERSION" && pair.Value != nil {
				release = *pair.Value
			}
		}
	}
	if !regexp.MustCompile(`^1\.\d+\.\d+$`).MatchString(release) {
		t.Errorf("Go %q is no release", release)
	}
	named := []string{"scratch"}
	for _, stage := range stages {
		if base := stage.BaseName; base != "golang:${GO_VERSION}-alpine" && !slices.Contains(named, base) {
			t.Errorf("the stage %s is made from %s", stage.Name, base)
		}
		named = append(named, stage.Name)
	}
}

// The command of the Dockerfile makes all binaries, static, with the version in them.
func TestDockerfileBuilds(t *testing.T) {
	bin := binaries(t)
	for _, name := range []string{"producer", "enricher", "loader", "mcis"} {
		about, err := exec.Command("go", "version", "-m", filepath.Join(bin, name)).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, about)
		}
		for _, want := range []string{"CGO_ENABLED=0", "-trimpath=true", "-tags=timetzdata"} {
			if !strings.Contains(string(about), want) {
				t.Errorf("%s is not built with %s", name, want)
			}
		}
		file, err := elf.Open(filepath.Join(bin, name))
		if err != nil {
			t.Fatal(err)
		}
		if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 || file.Section(".interp") != nil {
			t.Errorf("%s is not static: %v, %v", name, libraries, err)
		}
		file.Close()
	}
	said, err := exec.Command(filepath.Join(bin, "mcis"), "version").CombinedOutput()
	if err != nil || !strings.Contains(string(said), builtVersion) || !strings.Contains(string(said), builtRevision) {
		t.Errorf("mcis version says %q, %v", said, err)
	}
}

// Only sources go to the engine, so that no .env, database or history can end up in a layer.
func TestDockerIgnoreLetsOnlySourcesIn(t *testing.T) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(read(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	in, err := matcher(patterns)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{
		"go.mod": true, "go.sum": true, "cmd/mcis/main.go": true, "internal/mapping/mapping.yaml": true, "docs/operating.md": true, "README.md": true, "deploy/nats.conf": true,
		".env": false, ".git/config": false, "warehouse.db": false, "mcis-data/nats/x": false, "bin/mcis": false,
		"deploy/check/go.mod": false, "internal/rows/testdata/rapid/x": false, "cmd/mcis/left.db": false,
	}
	for path, want := range tests {
		got, err := in(path)
		if err != nil || got != want {
			t.Errorf("%s is sent to the engine: %v, expected %v (%v)", path, got, want, err)
		}
	}
}
