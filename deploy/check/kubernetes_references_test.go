package check

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// secretsToMake are the secrets that docs/deploying.md has one make, with their keys.
func secretsToMake(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	made := regexp.MustCompile(`kubectl -n mcis create secret generic (\S+)((?:\s+(?:\\\s+)?--from-\S+=\S+)+)`)
	key := regexp.MustCompile(`--from-\w+=(\w+)=`)
	for _, match := range made.FindAllStringSubmatch(read(t, "docs", "deploying.md"), -1) {
		for _, k := range key.FindAllStringSubmatch(match[2], -1) {
			found[match[1]] = append(found[match[1]], k[1])
		}
		slices.Sort(found[match[1]])
	}
	return found
}

// Every name that an object refers to is that of an object that is there, or of a secret that the docs say how to make.
func TestKubernetesReferencesResolve(t *testing.T) {
	c := production(t, components...)
	secrets := secretsToMake(t)
	used := make(map[string]map[string]bool)
	use := func(secret, key string) {
		if used[secret] == nil {
			used[secret] = make(map[string]bool)
		}
		used[secret][key] = true
	}
	for _, w := range c.workloads() {
		mounted := make(map[string]string) // path → secret
		for _, volume := range w.pod.Spec.Volumes {
			if volume.ConfigMap != nil && !c.hasConfigMap(volume.ConfigMap.Name) {
				t.Errorf("%s: no config map %s", w.name, volume.ConfigMap.Name)
			}
			if volume.Secret != nil {
				mounted["/secrets/"+volume.Name] = volume.Secret.SecretName
			}
		}
		for _, container := range w.pod.Spec.Containers {
			c.configured(t, w.name, container)
			mounts(t, w, container)
			for _, variable := range container.Env {
				if reference := variable.ValueFrom; reference != nil && reference.SecretKeyRef != nil {
					use(reference.SecretKeyRef.Name, reference.SecretKeyRef.Key)
				}
				if at := strings.LastIndex(variable.Value, "/"); strings.HasSuffix(variable.Name, "_FILE") {
					use(mounted[variable.Value[:at]], variable.Value[at+1:])
				}
				if variable.Value != "" && tellsSecrets.MatchString(variable.Name) {
					t.Errorf("%s: %s is in the file", w.name, variable.Name)
				}
			}
		}
	}
	want := make(map[string][]string)
	for secret, keys := range used {
		want[secret] = slices.Sorted(maps.Keys(keys))
	}
	if diff := difference(want, secrets); diff != "" {
		t.Errorf("the docs have other secrets made (+) than are used (-):\n%s", diff)
	}
}

func (c *cluster) hasConfigMap(name string) bool {
	for _, m := range c.configMaps {
		if m.Name == name {
			return true
		}
	}
	return false
}

func (c *cluster) configured(t *testing.T, name string, container corev1.Container) {
	t.Helper()
	for _, from := range container.EnvFrom {
		if from.ConfigMapRef == nil || !c.hasConfigMap(from.ConfigMapRef.Name) {
			t.Errorf("%s takes its settings from %+v, which is not there", name, from)
		}
	}
}

// mounts makes sure that every volume is mounted and every mount has a volume, secrets read only.
func mounts(t *testing.T, w workload, container corev1.Container) {
	t.Helper()
	volumes := map[string]bool{"data": w.kind == "StatefulSet"}
	for _, volume := range w.pod.Spec.Volumes {
		volumes[volume.Name] = true
	}
	for _, mount := range container.VolumeMounts {
		if !volumes[mount.Name] || (!mount.ReadOnly && mount.Name != "data") {
			t.Errorf("%s mounts %s, read only %v", w.name, mount.Name, mount.ReadOnly)
		}
		delete(volumes, mount.Name)
	}
	for name, left := range volumes {
		if left {
			t.Errorf("%s: nobody mounts %s", w.name, name)
		}
	}
}

// Settings are spelt as the binaries read them, and none of them is secret.
func TestKubernetesKnowsTheSettings(t *testing.T) {
	c := production(t, components...)
	known := settings(t)
	check := func(where, name string) {
		if !slices.Contains(known, name) && !slices.Contains(known, strings.TrimSuffix(name, "_FILE")) {
			t.Errorf("%s: no setting is called %s", where, name)
		}
	}
	for _, m := range c.configMaps {
		for name, value := range m.Data {
			if strings.HasPrefix(m.Name, "mcis-") {
				check(m.Name, name)
			}
			if tellsSecrets.MatchString(name) || strings.Contains(value, "@") {
				t.Errorf("%s: %s looks like a secret", m.Name, name)
			}
		}
	}
	for _, w := range c.workloads() {
		for _, variable := range w.pod.Spec.Containers[0].Env {
			if w.name != "nats" {
				check(w.name, variable.Name)
			}
		}
	}
}

// Services, probes, budgets and policies select pods that are there, at ports that they have.
func TestKubernetesSelectsWhatIsThere(t *testing.T) {
	c := production(t, components...)
	for _, w := range c.workloads() {
		if w.selector != nil && !matches(w.selector, w.pod.Labels) {
			t.Errorf("%s does not select its own pods: %v, %v", w.name, w.selector, w.pod.Labels)
		}
		for _, container := range w.pod.Spec.Containers {
			for _, probe := range []*corev1.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
				switch {
				case probe == nil && (w.kind == "Deployment" || w.kind == "StatefulSet"):
					t.Errorf("%s lacks a probe", w.name)
				case probe != nil && !hasPort(container, probe.HTTPGet.Port):
					t.Errorf("%s has no port %s", w.name, probe.HTTPGet.Port.String())
				}
			}
		}
	}
	for _, service := range c.services {
		c.selects(t, "service "+service.Name, service.Spec.Selector, func(container corev1.Container) {
			for _, port := range service.Spec.Ports {
				if !hasPort(container, port.TargetPort) {
					t.Errorf("service %s: no port %s", service.Name, port.TargetPort.String())
				}
			}
		})
	}
	for _, budget := range c.budgets {
		c.selects(t, "budget "+budget.Name, budget.Spec.Selector.MatchLabels, func(corev1.Container) {})
	}
	if len(c.budgets) != len(c.deployments)+len(c.statefulSets) {
		t.Errorf("%d disruption budgets", len(c.budgets))
	}
}

// selects makes sure that labels select pods of one workload at least, and looks at their container.
func (c *cluster) selects(t *testing.T, what string, labels map[string]string, look func(corev1.Container)) {
	t.Helper()
	selected := 0
	for _, w := range c.workloads() {
		if matches(labels, w.pod.Labels) {
			selected++
			look(w.pod.Spec.Containers[0])
		}
	}
	if selected == 0 || len(labels) == 0 {
		t.Errorf("%s selects nobody: %v", what, labels)
	}
}

func matches(selector, labels map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return true
}

func hasPort(container corev1.Container, port intstr.IntOrString) bool {
	return slices.ContainsFunc(container.Ports, func(p corev1.ContainerPort) bool {
		return port.Type == intstr.String && p.Name == port.StrVal
	})
}

// The addresses in the settings are those of services here, at ports that they have.
func TestKubernetesFindsNATS(t *testing.T) {
	c := production(t)
	for _, m := range c.configMaps {
		address, isSet := m.Data["NATS_URL"]
		if !isSet {
			continue
		}
		parsed, err := url.Parse(address)
		if err != nil || !c.hasServicePort(parsed.Hostname(), parsed.Port()) {
			t.Errorf("NATS_URL is %s, %v: there is no such service", address, err)
		}
		if m.Data["NATS_REPLICAS"] != "3" {
			t.Errorf("NATS_REPLICAS is %s in a cluster of three", m.Data["NATS_REPLICAS"])
		}
	}
}

func (c *cluster) hasServicePort(name, port string) bool {
	for _, service := range c.services {
		for _, p := range service.Spec.Ports {
			if service.Name == name && strconv.Itoa(int(p.Port)) == port {
				return true
			}
		}
	}
	return false
}
