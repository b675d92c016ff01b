package check

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readsWhenItStarts are the services of the compose file that work on and read a file with a secret once, when they start. SQL Server and Grafana keep
// theirs in their own databases from then on.
var readsWhenItStarts = []string{"enricher", "loader", "nats", "producer"}

// Who has read a secret is started again when the service that writes them was made anew, which it is when one of its settings changed.
func TestComposeStartsAgainWhoReadSecrets(t *testing.T) {
	var started []string
	for name, service := range compose(t, everyProfile).Services {
		for dependency, how := range service.DependsOn {
			if how.Restart && dependency != "secrets" {
				t.Errorf("%s is started again with %s, and comes back by itself without", name, dependency)
			}
			if how.Restart {
				started = append(started, name)
			}
		}
	}
	slices.Sort(started)
	if diff := difference(readsWhenItStarts, started); diff != "" {
		t.Error(diff)
	}
	text := section(t, "Rotate a secret")
	for _, name := range readsWhenItStarts {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/operating.md does not say that %s is started again", name)
		}
	}
}

// A new password changes what `secrets` is made with, and of nobody else, so that `up` makes it anew and the others start again in their order.
func TestComposeChangesSecretsInOnePlace(t *testing.T) {
	before := compose(t, everyProfile, given...)
	for _, setting := range given {
		name, _, _ := strings.Cut(setting, "=")
		after := compose(t, everyProfile, append(slices.Clone(given), name+"=another")...)
		var changed []string
		for service := range after.Services {
			if difference(before.Services[service].Environment, after.Services[service].Environment) != "" {
				changed = append(changed, service)
			}
		}
		if !slices.Equal(changed, []string{"secrets"}) {
			t.Errorf("%s changes %v", name, changed)
		}
		if !strings.Contains(section(t, "Rotate a secret"), "`"+name+"`") {
			t.Errorf("docs/operating.md does not say how %s is exchanged", name)
		}
	}
}

// The loader's login gets the password of the file, also one that is there since long, before anybody logs in with it.
func TestComposeTellsTheServerTheNewPassword(t *testing.T) {
	if !strings.Contains(read(t, "deploy", "compose", "database.sql"), "ELSE\n    ALTER LOGIN [$(LOADER)] WITH PASSWORD = N'$(LOADER_PASSWORD)';") {
		t.Error("database.sql leaves a login that is there the password that it has")
	}
	project := compose(t, nil)
	if _, waits := project.Services["check"].DependsOn["database"]; !waits {
		t.Error("check does not wait for database")
	}
	for _, name := range stages {
		if _, waits := project.Services[name].DependsOn["check"]; !waits {
			t.Errorf("%s does not wait for check", name)
		}
	}
}

// Changed settings have other pods made by themselves: config maps have a hash of what they hold in their names, and pods refer to them by these.
func TestKubernetesSettingsMakeNewPods(t *testing.T) {
	hashed := regexp.MustCompile(`^(mcis|nats)-[a-z0-9]{10}$`)
	c := production(t, components...)
	for _, m := range c.configMaps {
		if !hashed.MatchString(m.Name) {
			t.Errorf("%s has the same name whatever it holds", m.Name)
		}
	}
	for _, w := range c.workloads() {
		refers := 0
		for _, volume := range w.pod.Spec.Volumes {
			if volume.ConfigMap != nil && hashed.MatchString(volume.ConfigMap.Name) {
				refers++
			}
		}
		for _, from := range w.pod.Spec.Containers[0].EnvFrom {
			if from.ConfigMapRef != nil && hashed.MatchString(from.ConfigMapRef.Name) {
				refers++
			}
		}
		if refers != 1 {
			t.Errorf("%s refers to %d config maps by their hash", w.name, refers)
		}
	}
}

// Secrets have fixed names: docs/operating.md has those started again, for each, that read it, and no others.
func TestKubernetesSecretsAreReadAgain(t *testing.T) {
	c := production(t, components...)
	want := make(map[string][]string)
	for _, w := range c.workloads() {
		if w.selector == nil { // jobs read them anew each time
			continue
		}
		used := make(map[string]bool)
		for _, volume := range w.pod.Spec.Volumes {
			if volume.Secret != nil {
				used[volume.Secret.SecretName] = true
			}
		}
		for _, variable := range w.pod.Spec.Containers[0].Env {
			if from := variable.ValueFrom; from != nil && from.SecretKeyRef != nil {
				used[from.SecretKeyRef.Name] = true
			}
		}
		for name := range maps.Keys(used) {
			want[name] = append(want[name], strings.NewReplacer("Deployment", "deploy", "StatefulSet", "statefulset").Replace(w.kind)+"/"+w.name)
		}
	}
	said := make(map[string][]string)
	for _, match := range regexp.MustCompile(`(?m)^kubectl -n mcis rollout restart (.*?) +# (\S+)$`).FindAllStringSubmatch(section(t, "Rotate a secret"), -1) {
		said[match[2]] = strings.Fields(match[1])
	}
	for _, names := range []map[string][]string{want, said} {
		for name := range names {
			slices.Sort(names[name])
		}
	}
	if diff := difference(want, said); diff != "" {
		t.Errorf("docs/operating.md has others started again (+) than read a secret (-):\n%s", diff)
	}
}

// What docs/operating.md says to start again with, after a change, makes containers anew: `restart` does not.
func TestRunbookReadsSettingsAnew(t *testing.T) {
	text := section(t, "Change a setting")
	for _, command := range []string{"docker compose up -d --no-deps loader", "kubectl apply -k"} {
		if !strings.Contains(text, "`"+command) || !strings.Contains(read(t, "docs", "operating.md"), "| `"+command) {
			t.Errorf("docs/operating.md does not say %s", command)
		}
	}
}

// section is the text of docs/operating.md below a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	return part(t, "### "+heading)
}

// part is what docs/operating.md says below a heading, until the next one of its kind.
func part(t *testing.T, heading string) string {
	t.Helper()
	_, text, found := strings.Cut(read(t, "docs", "operating.md"), "\n"+heading+"\n")
	if !found {
		t.Fatalf("docs/operating.md has no %s", heading)
	}
	signs, _, _ := strings.Cut(heading, " ")
	text, _, _ = strings.Cut(text, "\n"+signs+" ")
	return text
}
