package main

import (
	"net/url"
	"strings"

	"mcis/internal/leaktest"
)

// Secrets that are planted wherever a test needs one. Each is of several words with characters between them that mean something in
// URLs and JSON, so that an error that quotes a part of it is found out too.
const (
	plantedSubject      = "nightly" // no secret
	plantedSecret       = `Kq7sesame/Vx9opens"Zt4doors@Mw2behind`
	plantedPassword     = "Hj5nats:Bn8pass/Qs3word%Lp6end"
	plantedWarehouse    = "Gd4loader@Yr7pass/Cf1word?Xk9end"
	plantedKey          = "Pw3hash key&Nz8of the#Td5mapping"
	plantedCollectorKey = "Jm6traces:Rb1of=Wc7everything"
)

// leaks looks for them, and for the simulated API's tokens, in what all tests of this package log and print: see TestMain.
var leaks = leaktest.New(
	leaktest.Secret{Name: "API secret", Value: plantedSecret},
	leaktest.Secret{Name: "access token", Value: "sim-access-"},
	leaktest.Secret{Name: "refresh token", Value: "sim-refresh-"},
	leaktest.Secret{Name: "NATS password", Value: plantedPassword},
	leaktest.Secret{Name: "warehouse password", Value: plantedWarehouse},
	leaktest.Secret{Name: "hash key", Value: plantedKey},
	leaktest.Secret{Name: "key of the collector", Value: plantedCollectorKey},
)

// withUser is a URL of a NATS server with the user and the password of the tests' servers.
func withUser(server string) string {
	return strings.Replace(server, "://", "://"+url.UserPassword("mcis", plantedPassword).String()+"@", 1)
}
