package check

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// cluster is what an overlay makes, each object decoded into its own type; a field that the type does not have fails the test.
type cluster struct {
	namespaces   []corev1.Namespace
	configMaps   []corev1.ConfigMap
	services     []corev1.Service
	deployments  []appsv1.Deployment
	statefulSets []appsv1.StatefulSet
	cronJobs     []batchv1.CronJob
	jobs         []batchv1.Job
	budgets      []policyv1.PodDisruptionBudget
	policies     []networkingv1.NetworkPolicy
	scaled       [][]byte // KEDA's, see keda_test.go
	monitors     []podMonitor
	rules        [][]byte // Prometheus', see monitoring_test.go
}

// components are all that the overlay may have.
var components = []string{"backfill", "monitoring", "tracing"}

// production is the overlay as it is, or with these components: as if somebody had taken the # from their lines.
func production(t *testing.T, components ...string) cluster {
	t.Helper()
	var chosen []string // pairs of what stands there and what takes its place
	for _, name := range components {
		chosen = append(chosen, "\n  # - ../../components/"+name+"\n", "\n  - ../../components/"+name+"\n")
	}
	files := filesys.MakeFsInMemory()
	root := inRepo(t, "deploy", "kubernetes")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative := filepath.ToSlash(strings.TrimPrefix(path, root))
		if strings.HasPrefix(relative, "/overlays/") {
			text = []byte(strings.NewReplacer(chosen...).Replace(string(text)))
		}
		return files.WriteFile(relative, text)
	})
	if err != nil {
		t.Fatal(err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "/overlays/production")
	if err != nil {
		t.Fatal(err)
	}
	var c cluster
	for _, object := range built.Resources() {
		text, err := object.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		c.add(t, text)
	}
	return c
}

// add decodes an object strictly.
func (c *cluster) add(t *testing.T, text []byte) {
	t.Helper()
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(text, &kind); err != nil {
		t.Fatal(err)
	}
	switch kind.APIVersion + "/" + kind.Kind {
	case "v1/Namespace":
		decode(t, text, &c.namespaces)
	case "v1/ConfigMap":
		decode(t, text, &c.configMaps)
	case "v1/Service":
		decode(t, text, &c.services)
	case "apps/v1/Deployment":
		decode(t, text, &c.deployments)
	case "apps/v1/StatefulSet":
		decode(t, text, &c.statefulSets)
	case "batch/v1/CronJob":
		decode(t, text, &c.cronJobs)
	case "batch/v1/Job":
		decode(t, text, &c.jobs)
	case "policy/v1/PodDisruptionBudget":
		decode(t, text, &c.budgets)
	case "networking.k8s.io/v1/NetworkPolicy":
		decode(t, text, &c.policies)
	case "keda.sh/v1alpha1/ScaledObject":
		c.scaled = append(c.scaled, text)
	case "monitoring.coreos.com/v1/PodMonitor":
		decode(t, text, &c.monitors)
	case "monitoring.coreos.com/v1/PrometheusRule":
		c.rules = append(c.rules, text)
	default:
		t.Errorf("%s %s is of no known kind", kind.APIVersion, kind.Kind)
	}
}

func decode[T any](t *testing.T, text []byte, into *[]T) {
	t.Helper()
	var object T
	if err := yaml.UnmarshalStrict(text, &object); err != nil {
		t.Errorf("%v:\n%s", err, text)
	}
	*into = append(*into, object)
}

// workload is whatever makes pods.
type workload struct {
	kind, name, namespace string
	pod                   corev1.PodTemplateSpec
	selector              map[string]string // nil for jobs
}

func (c *cluster) workloads() []workload {
	var all []workload
	for _, d := range c.deployments {
		all = append(all, workload{"Deployment", d.Name, d.Namespace, d.Spec.Template, d.Spec.Selector.MatchLabels})
	}
	for _, s := range c.statefulSets {
		all = append(all, workload{"StatefulSet", s.Name, s.Namespace, s.Spec.Template, s.Spec.Selector.MatchLabels})
	}
	for _, j := range c.cronJobs {
		all = append(all, workload{"CronJob", j.Name, j.Namespace, j.Spec.JobTemplate.Spec.Template, nil})
	}
	for _, j := range c.jobs {
		all = append(all, workload{"Job", j.Name, j.Namespace, j.Spec.Template, nil})
	}
	return all
}

func TestKubernetesHasWhatIsNeeded(t *testing.T) {
	count := func(c cluster) map[string]int {
		found := make(map[string]int)
		for _, w := range c.workloads() {
			found[w.kind+" "+w.name]++
		}
		for kind, count := range map[string]int{"ScaledObject": len(c.scaled), "PodMonitor": len(c.monitors), "PrometheusRule": len(c.rules)} {
			if count > 0 {
				found[kind] = count
			}
		}
		return found
	}
	want := map[string]int{"StatefulSet nats": 1, "Deployment enricher": 1, "Deployment loader": 1, "CronJob sync": 1, "ScaledObject": 1}
	if diff := difference(want, count(production(t))); diff != "" {
		t.Error(diff)
	}
	want["Job backfill"], want["PodMonitor"], want["PrometheusRule"] = 1, 1, 1
	if diff := difference(want, count(production(t, components...))); diff != "" {
		t.Errorf("with all components: %s", diff)
	}
}

// The standard `restricted` of Kubernetes, which the namespace enforces, and what is ours beside it.
func TestKubernetesPodsAreConfined(t *testing.T) {
	for _, w := range forAll(t) {
		spec := w.pod.Spec
		if w.namespace != "mcis" {
			t.Errorf("%s is in the namespace %q", w.name, w.namespace)
		}
		context := spec.SecurityContext
		if context == nil || !is(context.RunAsNonRoot) || context.RunAsUser == nil || *context.RunAsUser == 0 || context.FSGroup == nil ||
			context.SeccompProfile == nil || context.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: the pod's security context is %+v", w.name, context)
		}
		if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
			t.Errorf("%s is given a token that it has no use for", w.name)
		}
		if spec.HostNetwork || spec.HostPID || spec.HostIPC || spec.TerminationGracePeriodSeconds == nil {
			t.Errorf("%s is in the host's namespaces, or has no time to end", w.name)
		}
		for _, container := range spec.Containers {
			confined(t, w.name, container)
		}
	}
}

func confined(t *testing.T, name string, container corev1.Container) {
	t.Helper()
	context := container.SecurityContext
	if context == nil || context.AllowPrivilegeEscalation == nil || *context.AllowPrivilegeEscalation || !is(context.ReadOnlyRootFilesystem) ||
		context.Capabilities == nil || len(context.Capabilities.Drop) != 1 || context.Capabilities.Drop[0] != "ALL" || len(context.Capabilities.Add) > 0 {
		t.Errorf("%s: the container's security context is %+v", name, context)
	}
	if container.Resources.Requests.Cpu().IsZero() || container.Resources.Requests.Memory().IsZero() || container.Resources.Limits.Memory().IsZero() {
		t.Errorf("%s asks for no resources, or may take all memory: %v", name, container.Resources)
	}
	if image := container.Image; !strings.Contains(image, ":") || strings.HasSuffix(image, ":latest") || image == "mcis" {
		t.Errorf("%s: the image %q is another one tomorrow, or none", name, image)
	}
}

func is(value *bool) bool { return value != nil && *value }

// forAll are all workloads, those of components included.
func forAll(t *testing.T) []workload {
	t.Helper()
	c := production(t, components...)
	all := c.workloads()
	if len(all) == 0 {
		t.Fatal("there are no workloads")
	}
	return all
}
