package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// The services, by what they are.
var (
	stages   = []string{"producer", "enricher", "loader"}
	ours     = []string{"producer", "enricher", "loader", "api", "check", "mcis"}
	oneShots = []string{"secrets", "configured", "database", "check", "mcis", "test"}
)

// everyProfile is what there is beside the services that always start.
var everyProfile = []string{"demo", "observability", "test", "tools"}

// compose loads docker-compose.yml as the command does, with these profiles and variables and nothing of the environment.
func compose(t *testing.T, profiles []string, variables ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{inRepo(t, "docker-compose.yml")},
		cli.WithWorkingDirectory(inRepo(t)), cli.WithEnv(variables), cli.WithProfiles(profiles), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func names(project *types.Project) []string {
	found := project.ServiceNames()
	slices.Sort(found)
	return found
}

func TestComposeStartsWhatItSays(t *testing.T) {
	always := []string{"check", "configured", "database", "enricher", "loader", "nats", "producer", "secrets", "sqlserver"}
	tests := map[string][]string{
		"": nil, "demo": {"api"}, "observability": {"grafana", "prometheus"}, "test": {"test"}, "tools": {"mcis"},
	}
	for profile, more := range tests {
		want := slices.Sorted(slices.Values(append(slices.Clone(always), more...)))
		if got := names(compose(t, strings.Fields(profile))); !slices.Equal(got, want) {
			t.Errorf("profile %q starts %v, expected %v", profile, got, want)
		}
	}
}

func TestComposeHoldsEveryContainerToLimits(t *testing.T) {
	for name, service := range compose(t, everyProfile).Services {
		if service.Deploy == nil || service.Deploy.Resources.Limits == nil ||
			service.Deploy.Resources.Limits.NanoCPUs <= 0 || service.Deploy.Resources.Limits.MemoryBytes <= 0 ||
			service.Deploy.Resources.Limits.Pids <= 0 {
			t.Errorf("%s may take all CPUs, all memory or all processes", name)
		}
		if service.Logging == nil || service.Logging.Driver != "json-file" || service.Logging.Options["max-size"] == "" || service.Logging.Options["max-file"] == "" {
			t.Errorf("%s: its log may fill the disk", name)
		}
		if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may gain privileges", name)
		}
		if service.Privileged || service.Pid != "" || service.NetworkMode == "host" {
			t.Errorf("%s is not confined", name)
		}
		if strings.HasSuffix(service.Image, ":latest") || !strings.Contains(service.Image, ":") {
			t.Errorf("%s: the image %q is another one tomorrow", name, service.Image)
		}
	}
}

func TestComposeConfinesWhatIsOurs(t *testing.T) {
	project := compose(t, everyProfile)
	for _, name := range append(slices.Clone(ours), "nats", "configured") {
		service := project.Services[name]
		if uid, _, _ := strings.Cut(service.User, ":"); uid == "" || uid == "0" || strings.Trim(uid, "0123456789") != "" {
			t.Errorf("%s runs as %q, expected a number that is not root's", name, service.User)
		}
		if !service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"}) || len(service.CapAdd) > 0 {
			t.Errorf("%s: read only %v, capabilities dropped %v, added %v", name, service.ReadOnly, service.CapDrop, service.CapAdd)
		}
	}
}

func TestComposeRestartsWhatWorksOn(t *testing.T) {
	for name, service := range compose(t, everyProfile).Services {
		want := "unless-stopped"
		if slices.Contains(oneShots, name) {
			want = "no"
		}
		if service.Restart != want {
			t.Errorf("%s restarts %q, expected %q", name, service.Restart, want)
		}
		if want == "no" {
			continue
		}
		if check := service.HealthCheck; check == nil || check.Disable || len(check.Test) < 2 || check.Interval == nil || check.Timeout == nil || check.Retries == nil || check.StartPeriod == nil {
			t.Errorf("%s: nobody looks whether it is well: %+v", name, check)
		}
	}
	for _, name := range stages {
		grace := compose(t, nil).Services[name].StopGracePeriod
		const least = 30e9 // a batch of a transaction, or a request with its repetitions
		if grace == nil || *grace < least {
			t.Errorf("%s is killed while it finishes what is in hand: %v", name, grace)
		}
	}
}

// needs are the dependencies of a service, by the condition that they are waited for with.
func needs(service types.ServiceConfig) map[string]string {
	found := make(map[string]string)
	for name, dependency := range service.DependsOn {
		found[name] = strings.TrimPrefix(dependency.Condition, "service_")
		if !dependency.Required {
			found[name] += " if there"
		}
	}
	return found
}

func TestComposeWaitsForWhatIsNeeded(t *testing.T) {
	stage := map[string]string{"secrets": "completed_successfully", "nats": "healthy", "check": "completed_successfully"}
	want := map[string]map[string]string{
		"producer": stage, "enricher": stage, "loader": stage,
		"nats":       {"secrets": "completed_successfully", "configured": "completed_successfully"},
		"sqlserver":  {"secrets": "completed_successfully"},
		"database":   {"secrets": "completed_successfully", "sqlserver": "healthy"},
		"check":      {"secrets": "completed_successfully", "configured": "completed_successfully", "nats": "healthy", "database": "completed_successfully"},
		"configured": {"api": "healthy if there"},
		"test":       {"secrets": "completed_successfully", "sqlserver": "healthy"},
		"grafana":    {"secrets": "completed_successfully", "prometheus": "healthy"},
		"mcis":       {"secrets": "completed_successfully"},
	}
	for name, service := range compose(t, everyProfile).Services {
		if diff := difference(want[name], needs(service)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestComposeTellsNobodyOutside(t *testing.T) {
	published := 0
	for name, service := range compose(t, everyProfile).Services {
		for _, port := range service.Ports {
			published++
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s can be reached from outside: %q", name, port.Published, port.HostIP)
			}
		}
	}
	if published == 0 {
		t.Error("no port is published: nothing was looked at")
	}
}

func TestComposeScalesStages(t *testing.T) {
	project := compose(t, everyProfile)
	for _, name := range stages {
		if service := project.Services[name]; service.ContainerName != "" || service.Hostname != "" || len(service.Ports) > 0 {
			t.Errorf("%s cannot be there twice: name %q, host %q, ports %v", name, service.ContainerName, service.Hostname, service.Ports)
		}
	}
}

func TestComposePinsWhatIsTestedHere(t *testing.T) {
	project := compose(t, everyProfile)
	nats := strings.Split(version(t, read(t, "go.mod"), "github.com/nats-io/nats-server/v2"), ".")
	if want := "nats:" + strings.TrimPrefix(nats[0], "v") + "." + nats[1] + "-alpine"; project.Services["nats"].Image != want {
		t.Errorf("the server is %s, tests run against %s", project.Services["nats"].Image, want)
	}
	prometheus := strings.Split(version(t, read(t, "deploy", "check", "go.mod"), "github.com/prometheus/prometheus"), ".")
	want := "prom/prometheus:v" + prometheus[1][:1] + "." + strings.TrimPrefix(prometheus[1][1:], "0") + "." + prometheus[2] // v0.316.0 is release 3.16.0
	if got := project.Services["prometheus"].Image; got != want {
		t.Errorf("Prometheus is %s, rules are checked by %s", got, want)
	}
}
