package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"strings"
)

// NATS are the settings of the message queue.
type NATS struct {
	URL      string `name:"nats-url" env:"NATS_URL" help:"The NATS servers, nats://host:4222, or tls://host:4222 where nothing may go unencrypted; comma-separated." placeholder:"URL"`
	User     string `name:"nats-user" env:"NATS_USER" help:"User of all these servers, with NATS_PASSWORD, so that NATS_URL needs none." placeholder:"NAME"`
	Password Secret `name:"nats-password" env:"NATS_PASSWORD" help:"Its password; better set in the environment or as NATS_PASSWORD_FILE." placeholder:"TEXT"`
	Creds    string `name:"nats-creds" env:"NATS_CREDS" help:"Credentials file, in place of user and password." type:"path" placeholder:"FILE"`
	CA       string `name:"nats-ca" env:"NATS_CA" help:"PEM file with the authorities that the servers' certificates may be of, in place of the system's; the connection is encrypted or refused." type:"path" placeholder:"FILE"`
	Cert     string `name:"nats-cert" env:"NATS_CERT" help:"PEM file with the client's certificate, where the servers ask for one; with NATS_KEY." type:"path" placeholder:"FILE"`
	Key      string `name:"nats-key" env:"NATS_KEY" help:"PEM file with its key." type:"path" placeholder:"FILE"`
	Replicas int    `name:"nats-replicas" env:"NATS_REPLICAS" placeholder:"N" help:"Replicas of every stream: 3 in a cluster. By default what the streams have, 1 when they are made."`
	MaxGiB   int    `name:"stream-gib" env:"STREAM_GIB" placeholder:"GIB" help:"Byte limit of BOOKINGS and of RECORDS; a full stream makes its publishers wait. By default what the streams have, 8 when they are made."`
}

// Check says which settings are wrong, all of them.
func (n *NATS) Check() error {
	return errors.Join(n.checkStreams(), n.checkServer(), n.checkUser(), n.checkCreds(), n.checkCA(), n.checkCert())
}

func (n *NATS) checkStreams() error {
	var wrong []error
	if n.Replicas < 0 || n.Replicas > 5 || (n.Replicas > 0 && n.Replicas%2 == 0) {
		wrong = append(wrong, &ConfigError{Name: "NATS_REPLICAS", Problem: "is no such number", Expected: "1, 3 or 5"})
	}
	if n.MaxGiB < 0 {
		wrong = append(wrong, &ConfigError{Name: "STREAM_GIB", Problem: "is below 0", Expected: "a number of GiB"})
	}
	return errors.Join(wrong...)
}

// checkServer sees that who is to log in somewhere is not given the server inside the process, which asks nobody who he is.
func (n *NATS) checkServer() error {
	if n.URL != "" || n.User == "" && n.Password == "" && n.Creds == "" && n.CA == "" && n.Cert == "" {
		return nil
	}
	return &ConfigError{Name: "NATS_URL", Problem: "is missing beside NATS_USER, NATS_CREDS, NATS_CA or NATS_CERT", Expected: "the URL of the server that they are for"}
}

// checkUser sees that there is one way to log in: what is given twice was changed in one place only, sooner or later.
func (n *NATS) checkUser() error {
	switch {
	case n.User == "" && n.Password == "":
		return nil
	case n.User == "":
		return &ConfigError{Name: "NATS_USER", Problem: "is missing", Expected: "the user that NATS_PASSWORD is of"}
	case n.Password == "":
		return &ConfigError{Name: "NATS_PASSWORD", Problem: "is missing", Expected: "the password of NATS_USER"}
	case n.Creds != "":
		return &ConfigError{Name: "NATS_USER", Problem: "and NATS_CREDS are both set", Expected: "one of them"}
	case hasUser(n.URL):
		return &ConfigError{Name: "NATS_USER", Problem: "is set and NATS_URL holds a user too", Expected: "NATS_URL without one: nats://host:4222"}
	}
	return nil
}

// hasUser reports a list of URLs in which one names a user.
func hasUser(list string) bool {
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if !strings.Contains(text, "://") {
			text = "nats://" + text // as the client reads it
		}
		if parsed, err := url.Parse(text); err == nil && parsed.User != nil {
			return true
		}
	}
	return false
}

func (n *NATS) checkCreds() error {
	if n.Creds == "" {
		return nil
	}
	if _, err := os.Stat(n.Creds); err != nil {
		return &ConfigError{Name: "NATS_CREDS", Problem: "cannot be read: " + err.Error(), Expected: "a credentials file"}
	}
	return nil
}

func (n *NATS) checkCA() error {
	if n.CA == "" {
		return nil
	}
	text, err := os.ReadFile(n.CA)
	if err != nil {
		return &ConfigError{Name: "NATS_CA", Problem: "cannot be read: " + err.Error(), Expected: "a PEM file of certificates"}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		return &ConfigError{Name: "NATS_CA", Problem: "holds no certificate: " + n.CA, Expected: "a PEM file of certificates"}
	}
	return nil
}

func (n *NATS) checkCert() error {
	switch {
	case n.Cert == "" && n.Key == "":
		return nil
	case n.Cert == "":
		return &ConfigError{Name: "NATS_CERT", Problem: "is missing", Expected: "the certificate that NATS_KEY is of"}
	case n.Key == "":
		return &ConfigError{Name: "NATS_KEY", Problem: "is missing", Expected: "the key of NATS_CERT"}
	}
	if _, err := tls.LoadX509KeyPair(n.Cert, n.Key); err != nil {
		return &ConfigError{Name: "NATS_CERT", Problem: "and NATS_KEY cannot be used: " + err.Error(), Expected: "PEM files of a certificate and of its key"}
	}
	return nil
}

// Required says that the server must be named.
func (n *NATS) Required() error {
	if n.URL == "" {
		return &ConfigError{Name: "NATS_URL", Problem: "is missing", Expected: "the URL of a NATS server, such as nats://127.0.0.1:4222"}
	}
	return nil
}
