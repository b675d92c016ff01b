package main

import (
	"net/url"
	"strings"

	"mcis/internal/leaktest"
)

// Secrets that are planted wherever a test needs one.
const (
	plantedSubject      = leaktest.APISubject // no secret
	plantedSecret       = leaktest.APISecret
	plantedPassword     = leaktest.NATSPassword
	plantedWarehouse    = "Gd4loader@Yr7pass/Cf1word?Xk9end"
	plantedKey          = leaktest.HashKey
	plantedCollectorKey = "Jm6traces:Rb1of=Wc7everything"
)

// leaks looks for them, and for the simulated API's tokens, in what all tests of this package log and print: see TestMain.
var leaks = leaktest.Planted(
	leaktest.Secret{Name: "warehouse password", Value: plantedWarehouse},
	leaktest.Secret{Name: "key of the collector", Value: plantedCollectorKey},
)

// withUser is a URL of a NATS server with the user and the password of the tests' servers.
func withUser(server string) string {
	return strings.Replace(server, "://", "://"+url.UserPassword("mcis", plantedPassword).String()+"@", 1)
}
