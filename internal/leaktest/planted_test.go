package leaktest

import "testing"

// TestAllGetTheSameWatch, which looks for what each of them plants besides.
func TestAllGetTheSameWatch(t *testing.T) {
	const account = "DE27 Qy7bank Fk2account"
	log := Planted().Logger("a server")
	if more := Planted(Secret{Name: "bank account", Value: account}); more != Planted() {
		t.Fatal("there are two")
	}
	for name, value := range map[string]string{"bank account": account, "NATS password": NATSPassword, "API secret": APISecret, "hash key": HashKey, "access token": "sim-access-7"} {
		log.Info("said " + value)
		found := false
		for _, leak := range Planted().Leaks() {
			found = found || leak.Secret == name && leak.Source == "a server"
		}
		if !found {
			t.Errorf("the %s is not seen", name)
		}
	}
}
