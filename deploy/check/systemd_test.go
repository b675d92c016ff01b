package check

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/unit"
)

// units are the systemd units, by name; each a list of options in order.
func units(t *testing.T) map[string][]*unit.UnitOption {
	t.Helper()
	paths, err := filepath.Glob(inRepo(t, "deploy", "systemd", "mcis*.*"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]*unit.UnitOption)
	for _, path := range paths {
		if filepath.Ext(path) == ".env" {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		options, err := unit.DeserializeOptions(file)
		file.Close()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		found[filepath.Base(path)] = options
	}
	return found
}

// values are those of an option, in order; it may be there several times.
func optionValues(options []*unit.UnitOption, section, name string) []string {
	var found []string
	for _, option := range options {
		if option.Section == section && option.Name == name {
			found = append(found, option.Value)
		}
	}
	return found
}

func option(options []*unit.UnitOption, section, name string) string {
	return strings.Join(optionValues(options, section, name), "|")
}

func TestSystemdUnitsAreThere(t *testing.T) {
	var names []string
	for name := range units(t) {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"mcis-backfill.service", "mcis-enricher@.service", "mcis-loader.service", "mcis-nats.service", "mcis-producer.service", "mcis-sync.service", "mcis-sync.timer", "mcis.target"}
	if !slices.Equal(names, want) {
		t.Errorf("there are %v", names)
	}
}

func TestSystemdStartsTheRightThings(t *testing.T) {
	want := map[string][]string{ // command, kind, restart, exit codes that no restart mends
		"mcis-enricher@.service": {"/usr/local/bin/enricher", "exec", "on-failure", "2"},
		"mcis-loader.service":    {"/usr/local/bin/loader", "exec", "on-failure", "2"},
		"mcis-producer.service":  {"/usr/local/bin/producer run", "exec", "on-failure", "2"},
		"mcis-sync.service":      {"/usr/local/bin/producer sync --once", "oneshot", "on-failure", "2 4"},
		"mcis-backfill.service":  {"/usr/local/bin/producer backfill", "oneshot", "on-failure", "2 4"},
	}
	all := units(t)
	for name, w := range want {
		service := all[name]
		got := []string{option(service, "Service", "ExecStart"), option(service, "Service", "Type"), option(service, "Service", "Restart"), option(service, "Service", "RestartPreventExitStatus")}
		if !slices.Equal(got, w) {
			t.Errorf("%s: %q, expected %q", name, got, w)
		}
	}
	timer := all["mcis-sync.timer"]
	if option(timer, "Timer", "OnCalendar") != "*-*-* 01:00:00" || option(timer, "Timer", "Persistent") != "true" || option(timer, "Install", "WantedBy") != "timers.target" {
		t.Errorf("the timer is %v", timer)
	}
	for _, name := range strings.Fields(option(all["mcis.target"], "Unit", "Wants")) {
		if at := strings.Index(name, "@"); at >= 0 {
			name = name[:at+1] + ".service"
		}
		if all[name] == nil {
			t.Errorf("mcis.target wants %s, which is not there", name)
		}
	}
}

// A one-shot ends by itself or not at all: a limit would end the longest ones again and again. While one runs, its unit is active, and neither the timer
// nor anybody else starts a second one, which is why it must not be a template. A sync is tried three more times; a backfill, that goes on where it stopped, for ever.
func TestSystemdLetsSyncsFinish(t *testing.T) {
	all := units(t)
	want := map[string][]string{ // limits of its starts, and of its time
		"mcis-sync.service":     {"6h", "4", "10min", "infinity", ""},
		"mcis-backfill.service": {"0", "", "1min", "infinity", ""},
	}
	for name, w := range want {
		got := []string{option(all[name], "Unit", "StartLimitIntervalSec"), option(all[name], "Unit", "StartLimitBurst"), option(all[name], "Service", "RestartSec"),
			option(all[name], "Service", "TimeoutStartSec"), option(all[name], "Service", "RuntimeMaxSec")}
		if !slices.Equal(got, w) {
			t.Errorf("%s: %q, expected %q", name, got, w)
		}
	}
	if unit := option(all["mcis-sync.timer"], "Timer", "Unit"); unit != "" {
		t.Errorf("the timer starts %s", unit)
	}
}

// mcis.target ends every service when it is stopped, also one that it did not start: NATS is not to end under a sync.
func TestSystemdEndsWithTheTarget(t *testing.T) {
	for name, service := range units(t) {
		if filepath.Ext(name) != ".service" {
			continue
		}
		if partOf := option(service, "Unit", "PartOf"); partOf != "mcis.target" {
			t.Errorf("%s is part of %q", name, partOf)
		}
		if after := strings.Fields(option(service, "Unit", "After")); name != "mcis-nats.service" && !slices.Contains(after, "mcis-nats.service") {
			t.Errorf("%s is started after %v, and so NATS may end before it", name, after)
		}
	}
}

// Where starts are limited, somebody who starts by hand is told to have systemd forget those before.
func TestSystemdStartsByHandAreNotRefused(t *testing.T) {
	for name, service := range units(t) {
		if option(service, "Unit", "StartLimitBurst") == "" {
			continue
		}
		unit := strings.TrimSuffix(name, ".service")
		command := "systemctl reset-failed " + unit + "; systemctl start " + unit
		for place, text := range map[string]string{
			name: read(t, "deploy", "systemd", name), "docs/deploying.md": read(t, "docs", "deploying.md"), "docs/operating.md": part(t, "## No sync for a day"),
		} {
			if !strings.Contains(text, command) || strings.Count(text, "systemctl start "+unit) != strings.Count(text, command) {
				t.Errorf("%s does not say %q, or says another command", place, command)
			}
		}
	}
}

// Every process can be asked how it is, at a port that no other has.
func TestSystemdServesAtFixedPorts(t *testing.T) {
	taken := make(map[string]string)
	for name, service := range units(t) {
		if filepath.Ext(name) != ".service" || name == "mcis-nats.service" {
			continue
		}
		address := ""
		for _, pair := range optionValues(service, "Service", "Environment") {
			if value, isAddress := strings.CutPrefix(pair, "HTTP_ADDR="); isAddress {
				address = value
			}
		}
		if port, isLocal := strings.CutPrefix(address, "127.0.0.1:"); !isLocal || port == "0" || taken[port] != "" {
			t.Errorf("%s serves at %q, where %q does too", name, address, taken[port])
		} else {
			taken[port] = name
		}
		if !strings.Contains(read(t, "docs", "deploying.md")+read(t, "deploy", "systemd", "mcis-producer.service"), strings.NewReplacer("127.0.0.1:", "", "%i", "1").Replace(address)) {
			t.Errorf("docs/deploying.md does not say that %s serves at %s", name, address)
		}
	}
}

// NATS, started by the unit's own command, is there for this machine alone, and by what docs/deploying.md has one put into a drop-in for all.
func TestSystemdNATSListensHereOnly(t *testing.T) {
	unit := units(t)["mcis-nats.service"]
	opened := regexp.MustCompile(`(?m)^Environment=(LISTEN=.*)$`).FindStringSubmatch(read(t, "docs", "deploying.md"))
	if opened == nil {
		t.Fatal("docs/deploying.md does not say how NATS is opened")
	}
	moved := regexp.MustCompile(`sed 's\|(.*)\|(.*)\|' deploy/nats.conf`).FindStringSubmatch(read(t, "docs", "deploying.md"))
	if moved == nil || moved[2] != strconv.Quote("/var/lib/"+option(unit, "Service", "StateDirectory")) {
		t.Fatalf("docs/deploying.md does not have the streams where the unit may write: %q", moved)
	}
	s := emptySite(t)
	write(t, s.dir, "nats-password", "Aa1secret")
	for _, test := range []struct{ variable, host string }{{option(unit, "Service", "Environment"), "127.0.0.1"}, {opened[1], "0.0.0.0"}} {
		client, monitor := freePort(t), freePort(t)
		config := write(t, s.dir, "nats.conf", strings.NewReplacer("port: 4222", "port: "+client, ":8222", ":"+monitor, moved[1], strconv.Quote(t.TempDir())).Replace(read(t, "deploy", "nats.conf")))
		line := strings.NewReplacer("/usr/local/bin/", s.bin+"/", "/etc/mcis/nats.conf", config).Replace(option(unit, "Service", "ExecStart"))
		shell, isShell := strings.CutPrefix(line, "/bin/sh -c '")
		if !isShell {
			t.Fatalf("it runs %s", line)
		}
		nats := s.launch(container("nats", []string{"CREDENTIALS_DIRECTORY=" + s.dir, test.variable}, "sh", "-c", strings.TrimSuffix(shell, "'")), client)
		var told struct {
			Host     string
			HTTPHost string `json:"http_host"`
			Port     int
		}
		s.await("NATS to tell where it listens", func() error { return ask("http://127.0.0.1:"+monitor+"/varz", &told) }, nats)
		if told.Host != test.host || strconv.Itoa(told.Port) != client {
			t.Errorf("with %s it listens at %s:%d, expected %s:%s", test.variable, told.Host, told.Port, test.host, client)
		}
		if told.HTTPHost != "127.0.0.1" {
			t.Errorf("its monitor listens at %s", told.HTTPHost)
		}
		s.stop(nats)
	}
}

// ask gets JSON.
func ask(address string, into any) error {
	response, err := http.Get(address)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(into)
}

// What a service may do to the machine is next to nothing.
func TestSystemdConfinesServices(t *testing.T) {
	want := map[string]string{
		"User": "mcis", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
		"PrivateDevices": "yes", "ProtectKernelTunables": "yes", "ProtectControlGroups": "yes", "RestrictNamespaces": "yes", "RestrictSUIDSGID": "yes",
		"MemoryDenyWriteExecute": "yes", "SystemCallFilter": "@system-service|~@privileged", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
	}
	for name, service := range units(t) {
		if filepath.Ext(name) != ".service" {
			continue
		}
		for setting, value := range want {
			if got := optionValues(service, "Service", setting); len(got) == 0 || strings.Join(got, "|") != value {
				t.Errorf("%s: %s=%q, expected %q", name, setting, got, value)
			}
		}
		if option(service, "Service", "MemoryMax") == "" || option(service, "Service", "TimeoutStopSec") == "" {
			t.Errorf("%s may take all memory, or has no time to end", name)
		}
	}
}

// Secrets come as credentials, settings from one file, and both are spelt as the binaries read them.
func TestSystemdKnowsTheSettings(t *testing.T) {
	known := settings(t)
	for name, service := range units(t) {
		given := environmentFile(t, "deploy", "systemd", "mcis.env")
		loaded := make(map[string]bool)
		for _, credential := range optionValues(service, "Service", "LoadCredential") {
			id, _, _ := strings.Cut(credential, ":")
			loaded[id] = true
		}
		for _, pair := range optionValues(service, "Service", "Environment") {
			variable, value, _ := strings.Cut(pair, "=")
			if name == "mcis-nats.service" && variable == "LISTEN" { // that of its own command
				continue
			}
			given[variable] = value
			if credential, isFile := strings.CutPrefix(value, "%d/"); isFile && !loaded[credential] {
				t.Errorf("%s: %s is of a credential that is not loaded", name, variable)
			}
		}
		for variable := range given {
			if !slices.Contains(known, variable) && !slices.Contains(known, strings.TrimSuffix(variable, "_FILE")) {
				t.Errorf("%s: no setting is called %s", name, variable)
			}
			if tellsSecrets.MatchString(variable) {
				t.Errorf("%s: %s is in the file", name, variable)
			}
		}
	}
}

// systemd itself has nothing to say against the units, where it is there to be asked.
func TestSystemdVerifiesUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("SKIPPED: there is no systemd-analyze")
	}
	dir := t.TempDir()
	bin := binaries(t)
	for name := range units(t) {
		text := strings.ReplaceAll(read(t, "deploy", "systemd", name), "/usr/local/bin/", bin+"/")
		write(t, dir, name, text)
	}
	command := exec.Command(analyze, "verify", "--man=no")
	for name := range units(t) {
		command.Args = append(command.Args, filepath.Join(dir, strings.Replace(name, "@.", "@1.", 1)))
	}
	write(t, dir, "mcis-enricher@1.service", strings.ReplaceAll(read(t, "deploy", "systemd", "mcis-enricher@.service"), "/usr/local/bin/", bin+"/"))
	command.Env = append(command.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
	out, err := command.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "mcis") {
			t.Error(line)
		} else {
			t.Logf("of this machine's own: %s (%v)", line, err)
		}
	}
}
