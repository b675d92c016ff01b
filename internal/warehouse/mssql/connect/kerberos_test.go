package connect

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKerberosFiles(t *testing.T) {
	tests := []struct {
		name        string
		parameters  map[string]string
		environment map[string]string
		want        map[string]string
		refused     string
	}{
		{"another authentication", map[string]string{"authenticator": "winsspi"}, nil, nil, ""},
		{"the default of kinit", nil, nil, map[string]string{"krb5-credcachefile": "/tmp/krb5cc_1001"}, ""},
		{"a path", nil, map[string]string{"KRB5CCNAME": "/run/cc"}, map[string]string{"krb5-credcachefile": "/run/cc"}, ""},
		{"as the tools write it", nil, map[string]string{"KRB5CCNAME": "FILE:/run/cc:1"}, map[string]string{"krb5-credcachefile": "/run/cc:1"}, ""},
		{"a path with a colon", nil, map[string]string{"KRB5CCNAME": "/run/cc:1"}, map[string]string{"krb5-credcachefile": "/run/cc:1"}, ""},
		{"the kernel's store", nil, map[string]string{"KRB5CCNAME": "KEYRING:persistent:1001"}, nil, "KRB5CCNAME"},
		{"a daemon's store", nil, map[string]string{"KRB5CCNAME": "KCM:"}, nil, "FILE:"},
		{"a cache that is named", map[string]string{"krb5-credcachefile": "/x"}, map[string]string{"KRB5CCNAME": "KCM:"}, nil, ""},
		{"a keytab that is named", map[string]string{"user id": "svc", "krb5-keytabfile": "/x"}, map[string]string{"KRB5_KTNAME": "FILE:/y"}, nil, ""},
		{"a keytab of the environment", map[string]string{"user id": "svc"}, map[string]string{"KRB5_KTNAME": "FILE:/y"}, map[string]string{"krb5-keytabfile": "/y"}, ""},
		{"a keytab of nobody", nil, map[string]string{"KRB5_KTNAME": "/y"}, map[string]string{"krb5-credcachefile": "/tmp/krb5cc_1001"}, ""},
		{"user and password", map[string]string{"user id": "jo", "password": "p"}, map[string]string{"KRB5CCNAME": "KCM:"}, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target := &Target{parameters: map[string]string{"authenticator": "krb5"}}
			for name, value := range test.parameters {
				target.parameters[name] = value
			}
			got, err := target.kerberosFiles(func(name string) string { return test.environment[name] }, 1001)
			if test.refused != "" {
				var setting *SettingError
				if !errors.As(err, &setting) || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("%v", err)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

// Who logs in depends on the operating system; both are asked here.
func TestAuthenticationOfOperatingSystems(t *testing.T) {
	tests := []struct {
		name, integrated string
		parameters       map[string]string
		want             string // authenticator
		refused          string
	}{
		{"SSPI", "winsspi", nil, "winsspi", ""},
		{"Kerberos", "krb5", nil, "krb5", ""},
		{"Kerberos by a keytab", "krb5", map[string]string{"user id": "svc", "krb5-keytabfile": "/x"}, "krb5", ""},
		{"a keytab of nobody", "krb5", map[string]string{"krb5-keytabfile": "/x"}, "", "no user"},
		{"Kerberos with a password", "krb5", map[string]string{"user id": "jo", "password": "p", "authenticator": "krb5"}, "krb5", ""},
		{"Kerberos on Windows", "winsspi", map[string]string{"authenticator": "krb5"}, "", "authenticator=winsspi"},
		{"a realm on Windows", "winsspi", map[string]string{"krb5-realm": "R"}, "", "authenticator=winsspi"},
		{"SSPI elsewhere", "krb5", map[string]string{"authenticator": "winsspi"}, "", "authenticator=krb5"},
		{"a SQL Server login", "krb5", map[string]string{"user id": "sa", "password": "p"}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target := &Target{parameters: map[string]string{}}
			for name, value := range test.parameters {
				target.parameters[name] = value
			}
			err := target.authenticate(test.integrated)
			switch {
			case test.refused != "":
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("%v", err)
				}
			case err != nil || target.parameters["authenticator"] != test.want:
				t.Errorf("%q, %v", target.parameters["authenticator"], err)
			}
		})
	}
}
