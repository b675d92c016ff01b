package leaktest

// What tests plant wherever a login or a key is asked for. Each is of several words with characters between them that mean something in URLs and JSON,
// so that an error that quotes a part of it is found out too.
const (
	NATSUser     = "mcis"    // no secret
	APISubject   = "nightly" // no secret
	APISecret    = `Kq7sesame/Vx9opens"Zt4doors@Mw2behind`
	NATSPassword = "Hj5nats:Bn8pass/Qs3word%Lp6end"
	HashKey      = "Pw3hash key&Nz8of the#Td5mapping"
)

// everywhere is one for all tests of a package: what package streamtest logs is looked at too where a test has no logger for it.
var everywhere = New(
	Secret{Name: "API secret", Value: APISecret},
	Secret{Name: "access token", Value: "sim-access-"}, // how those of package simapi begin
	Secret{Name: "refresh token", Value: "sim-refresh-"},
	Secret{Name: "NATS password", Value: NATSPassword},
	Secret{Name: "hash key", Value: HashKey},
)

// Planted is the watch of a package's tests for what is planted everywhere, and for more that this package plants. All that ask for it get the same.
//
//	var leaks = leaktest.Planted()
func Planted(more ...Secret) *Watch {
	everywhere.add(more)
	return everywhere
}
