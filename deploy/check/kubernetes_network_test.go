package check

import (
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// allowed reports whether the policies let pods of one workload open a connection to a port of another one's, as Kubernetes decides it:
// some policy of the one must let it out, and some policy of the other let it in.
func (c *cluster) allowed(t *testing.T, from, to workload, port string) bool {
	t.Helper()
	out, in := false, false
	for _, policy := range c.policies {
		if selects(t, policy.Spec.PodSelector, from.pod.Labels) {
			for _, rule := range policy.Spec.Egress {
				out = out || peers(t, rule.To, to) && ports(rule.Ports, port)
			}
		}
		if selects(t, policy.Spec.PodSelector, to.pod.Labels) {
			for _, rule := range policy.Spec.Ingress {
				in = in || peers(t, rule.From, from) && ports(rule.Ports, port)
			}
		}
	}
	return out && in
}

func selects(t *testing.T, selector metav1.LabelSelector, set map[string]string) bool {
	t.Helper()
	parsed, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Matches(labels.Set(set))
}

// peers reports whether a rule is about the pods of a workload; without peers it is about everybody.
func peers(t *testing.T, peers []networkingv1.NetworkPolicyPeer, w workload) bool {
	t.Helper()
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		return peer.NamespaceSelector == nil && peer.PodSelector != nil && selects(t, *peer.PodSelector, w.pod.Labels)
	})
}

func ports(ports []networkingv1.NetworkPolicyPort, name string) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(port networkingv1.NetworkPolicyPort) bool { return port.Port.String() == name })
}

func TestKubernetesNetworkLetsThroughWhatIsNeeded(t *testing.T) {
	c := production(t, components...)
	pods := make(map[string]workload)
	for _, w := range c.workloads() {
		pods[w.name] = w
	}
	tests := []struct {
		from, to, port string
		want           bool
	}{
		{"enricher", "nats", "client", true}, {"loader", "nats", "client", true}, {"sync", "nats", "client", true}, {"backfill", "nats", "client", true},
		{"nats", "nats", "cluster", true},
		{"enricher", "nats", "cluster", false}, {"enricher", "nats", "monitor", false}, {"nats", "enricher", "http", false},
		{"loader", "enricher", "http", false}, {"enricher", "loader", "http", false},
	}
	for _, test := range tests {
		if got := c.allowed(t, pods[test.from], pods[test.to], test.port); got != test.want {
			t.Errorf("%s may ask %s at %s: %v, expected %v", test.from, test.to, test.port, got, test.want)
		}
	}
}

// Who needs the API reaches its port, who needs the warehouse its own, and nobody else does.
func TestKubernetesNetworkLeadsOutWhereNeeded(t *testing.T) {
	c := production(t, components...)
	want := map[string][]string{"enricher": {"443"}, "sync": {"443"}, "backfill": {"443"}, "loader": {"1433"}, "nats": nil}
	for _, w := range c.workloads() {
		var open []string
		for _, policy := range c.policies {
			for _, rule := range policy.Spec.Egress {
				if len(rule.To) == 0 && selects(t, policy.Spec.PodSelector, w.pod.Labels) {
					for _, port := range rule.Ports {
						open = append(open, port.Port.String())
					}
				}
			}
		}
		if !slices.Equal(open, want[w.name]) {
			t.Errorf("%s reaches everybody at %v, expected %v", w.name, open, want[w.name])
		}
	}
}

// Without a policy that names them, pods would be open.
func TestKubernetesNetworkIsClosedToBeginWith(t *testing.T) {
	for _, policy := range production(t).policies {
		if len(policy.Spec.PodSelector.MatchLabels)+len(policy.Spec.PodSelector.MatchExpressions) == 0 && len(policy.Spec.PolicyTypes) == 2 &&
			len(policy.Spec.Ingress)+len(policy.Spec.Egress) == 0 {
			return
		}
	}
	t.Error("no policy closes everything")
}

// lets reports whether the policies let pods of a namespace open a connection to a port of a workload of ours.
func (c *cluster) lets(t *testing.T, to workload, namespace, port string) bool {
	t.Helper()
	for _, policy := range c.policies {
		for _, rule := range policy.Spec.Ingress {
			if selects(t, policy.Spec.PodSelector, to.pod.Labels) && named(t, rule.From, namespace) && ports(rule.Ports, port) {
				return true
			}
		}
	}
	return false
}

// leaves reports whether the policies let a workload of ours open a connection to a port of pods of a namespace.
func (c *cluster) leaves(t *testing.T, from workload, namespace, port string) bool {
	t.Helper()
	for _, policy := range c.policies {
		for _, rule := range policy.Spec.Egress {
			if selects(t, policy.Spec.PodSelector, from.pod.Labels) && named(t, rule.To, namespace) && ports(rule.Ports, port) {
				return true
			}
		}
	}
	return false
}

// named reports whether a rule is about all pods of a namespace; without peers it is about everybody.
func named(t *testing.T, peers []networkingv1.NetworkPolicyPeer, namespace string) bool {
	t.Helper()
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		return peer.PodSelector == nil && peer.NamespaceSelector != nil &&
			selects(t, *peer.NamespaceSelector, map[string]string{"kubernetes.io/metadata.name": namespace})
	})
}
