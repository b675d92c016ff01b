package check

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/kedacore/keda/v2/version" // keeps the module, whose schemas are read, in go.mod
	"sigs.k8s.io/yaml"
)

// KEDA's own Go types would bring four hundred packages. What the API server holds a ScaledObject against is the schema of its
// definition, and what KEDA holds triggers against are its scalers' parameters: both are files of the same module.
func kedaFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kedacore/keda/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(append([]string{strings.TrimSpace(string(dir))}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// scaledObject is what is asserted of one.
type scaledObject struct {
	Spec struct {
		ScaleTargetRef  struct{ Name string }
		MinReplicaCount int
		MaxReplicaCount int
		Triggers        []trigger
	}
}

type trigger struct {
	Type     string
	Metadata map[string]string
}

func TestScaledObjectIsOne(t *testing.T) {
	var definition struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema schema }
			}
		}
	}
	if err := yaml.Unmarshal(kedaFile(t, "config", "crd", "bases", "keda.sh_scaledobjects.yaml"), &definition); err != nil {
		t.Fatal(err)
	}
	c := production(t)
	for _, version := range definition.Spec.Versions {
		if version.Name != "v1alpha1" {
			continue
		}
		var object any
		if err := yaml.Unmarshal(c.scaled[0], &object); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range version.Schema.OpenAPIV3Schema.check("", object) {
			t.Error(wrong)
		}
		return
	}
	t.Fatal("KEDA defines no v1alpha1")
}

// The schema's check finds what is wrong: an unknown field, a missing one, another type.
func TestScaledObjectThatIsWrongIsRefused(t *testing.T) {
	strict := schema{Type: "object", Required: []string{"name"}, Properties: map[string]schema{"name": {Type: "string"}, "count": {Type: "integer"}}}
	for text, want := range map[string]int{
		"name: a": 0, "name: a\ncount: 3": 0, "count: 3": 1, "name: 7": 1, "name: a\ncounts: 3": 1, "name: a\ncount: x": 1,
	} {
		var object any
		if err := yaml.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		if got := strict.check("", object); len(got) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestScaledObjectFollowsBothLanes(t *testing.T) {
	c := production(t)
	var scaled scaledObject
	if err := yaml.Unmarshal(c.scaled[0], &scaled); err != nil {
		t.Fatal(err)
	}
	if spec := scaled.Spec; spec.ScaleTargetRef.Name != c.deployments[0].Name || c.deployments[0].Spec.Replicas != nil || spec.MinReplicaCount < 1 || spec.MaxReplicaCount <= spec.MinReplicaCount {
		t.Errorf("it scales %s, which has a number of its own, or from %d to %d", spec.ScaleTargetRef.Name, spec.MinReplicaCount, spec.MaxReplicaCount)
	}
	parameters := scalerParameters(t, "nats-jetstream")
	var followed []string
	for _, trigger := range scaled.Spec.Triggers {
		for name := range trigger.Metadata {
			if _, known := parameters[name]; !known {
				t.Errorf("KEDA's nats-jetstream knows no %s", name)
			}
		}
		for name, needed := range parameters {
			if needed && trigger.Metadata[name] == "" {
				t.Errorf("KEDA's nats-jetstream needs %s", name)
			}
		}
		host, port, _ := strings.Cut(trigger.Metadata["natsServerMonitoringEndpoint"], ":")
		if name, _, _ := strings.Cut(host, "."); !c.hasServicePort(name, port) || c.service(name) != "None" {
			t.Errorf("%s is not the service that has a name for each pod", host)
		}
		followed = append(followed, trigger.Type+" "+trigger.Metadata["stream"]+" "+trigger.Metadata["consumer"])
	}
	if diff := difference([]string{"nats-jetstream BOOKINGS enricher", "nats-jetstream BOOKINGS enricher-sync"}, followed); diff != "" {
		t.Error(diff)
	}
}

// service is the cluster address of a service.
func (c *cluster) service(name string) string {
	for _, service := range c.services {
		if service.Name == name {
			return service.Spec.ClusterIP
		}
	}
	return "not there"
}

// scalerParameters are those of a kind of trigger: true when they must be given.
func scalerParameters(t *testing.T, kind string) map[string]bool {
	t.Helper()
	var known struct {
		Scalers []struct {
			Type       string
			Parameters []struct {
				Name     string
				Optional bool
				Default  string
			}
		}
	}
	if err := json.Unmarshal(kedaFile(t, "schema", "generated", "scalers-schema.json"), &known); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, scaler := range known.Scalers {
		if scaler.Type == kind {
			for _, parameter := range scaler.Parameters {
				found[parameter.Name] = !parameter.Optional && parameter.Default == ""
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("KEDA knows no scaler %s", kind)
	}
	return found
}
