package check

import (
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// rule is one of those by which a policy lets connections through.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer // whose, or to whom; without any it is everybody
	ports []networkingv1.NetworkPolicyPort
}

// rulesOf are those by which a workload's pods are reached, and by which they reach others.
func (c *cluster) rulesOf(t *testing.T, w workload) (in, out []rule) {
	t.Helper()
	for _, policy := range c.policies {
		if !selects(t, policy.Spec.PodSelector, w.pod.Labels) {
			continue
		}
		for _, r := range policy.Spec.Ingress {
			in = append(in, rule{r.From, r.Ports})
		}
		for _, r := range policy.Spec.Egress {
			out = append(out, rule{r.To, r.Ports})
		}
	}
	return in, out
}

// through reports whether one of some rules is about a peer, and a port.
func through(rules []rule, isPeer func(networkingv1.NetworkPolicyPeer) bool, port string) bool {
	return slices.ContainsFunc(rules, func(r rule) bool {
		return (len(r.peers) == 0 || slices.ContainsFunc(r.peers, isPeer)) && ports(r.ports, port)
	})
}

// allowed reports whether the policies let pods of one workload open a connection to a port of another one's, as Kubernetes decides it:
// some policy of the one must let it out, and some policy of the other let it in.
func (c *cluster) allowed(t *testing.T, from, to workload, port string) bool {
	t.Helper()
	_, out := c.rulesOf(t, from)
	in, _ := c.rulesOf(t, to)
	return through(out, podsOf(t, to), port) && through(in, podsOf(t, from), port)
}

// lets reports whether the policies let pods of a namespace open a connection to a port of a workload of ours.
func (c *cluster) lets(t *testing.T, to workload, namespace, port string) bool {
	t.Helper()
	in, _ := c.rulesOf(t, to)
	return through(in, podsIn(t, namespace), port)
}

// leaves reports whether the policies let a workload of ours open a connection to a port of pods of a namespace.
func (c *cluster) leaves(t *testing.T, from workload, namespace, port string) bool {
	t.Helper()
	_, out := c.rulesOf(t, from)
	return through(out, podsIn(t, namespace), port)
}

func selects(t *testing.T, selector metav1.LabelSelector, set map[string]string) bool {
	t.Helper()
	parsed, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Matches(labels.Set(set))
}

// podsOf are peers that are the pods of a workload.
func podsOf(t *testing.T, w workload) func(networkingv1.NetworkPolicyPeer) bool {
	return func(peer networkingv1.NetworkPolicyPeer) bool {
		return peer.NamespaceSelector == nil && peer.PodSelector != nil && selects(t, *peer.PodSelector, w.pod.Labels)
	}
}

// podsIn are peers that are all pods of a namespace.
func podsIn(t *testing.T, namespace string) func(networkingv1.NetworkPolicyPeer) bool {
	return func(peer networkingv1.NetworkPolicyPeer) bool {
		return peer.PodSelector == nil && peer.NamespaceSelector != nil &&
			selects(t, *peer.NamespaceSelector, map[string]string{"kubernetes.io/metadata.name": namespace})
	}
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
		_, out := c.rulesOf(t, w)
		for _, rule := range out {
			if len(rule.peers) == 0 {
				for _, port := range rule.ports {
					open = append(open, port.Port.String())
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
