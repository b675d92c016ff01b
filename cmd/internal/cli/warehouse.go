package cli

import (
	"errors"
	"strings"

	"mcis/internal/warehouse/mssql/connect"
)

// Warehouse are the settings of the database. The URL wins over server and database, which the predecessor had.
type Warehouse struct {
	URL      Secret `name:"warehouse-url" env:"WAREHOUSE_URL" help:"The warehouse: sqlserver://USER:PASSWORD@HOST:1433?database=NAME or sqlite:PATH; with a password better set in the environment." placeholder:"URL"`
	User     string `name:"warehouse-user" env:"WAREHOUSE_USER" help:"SQL Server login, with WAREHOUSE_PASSWORD, so that WAREHOUSE_URL needs none." placeholder:"NAME"`
	Password Secret `name:"warehouse-password" env:"WAREHOUSE_PASSWORD" help:"Its password, or that of the user in WAREHOUSE_URL; better set in the environment or as WAREHOUSE_PASSWORD_FILE." placeholder:"TEXT"`
	Server   string `name:"server" env:"SERVER" help:"Without WAREHOUSE_URL: the SQL Server, to be logged in to as the user who runs this (integrated authentication) unless WAREHOUSE_USER says otherwise." placeholder:"HOST"`
	Database string `name:"database" env:"DATABASE" help:"Its database." placeholder:"NAME"`
	Driver   string `name:"db-driver" env:"DB_DRIVER" help:"The predecessor's ODBC driver; not needed any more." placeholder:"NAME"`
}

// Target is where a warehouse is: in one of the two.
type Target struct {
	SQLite    string // the path of the file
	SQLServer *connect.Target
}

// String names the file, or server and database; no secret.
func (t Target) String() string {
	if t.SQLServer != nil {
		return t.SQLServer.String()
	}
	return t.SQLite
}

// Warnings are what is risky about the settings, though it was asked for.
func (t Target) Warnings() []string {
	if t.SQLServer == nil {
		return nil
	}
	return t.SQLServer.Warnings()
}

const (
	sqliteScheme = "sqlite:"
	serverScheme = "sqlserver://"
)

// Configured reports whether any setting names a warehouse.
func (w *Warehouse) Configured() bool { return w.URL != "" || w.Server != "" || w.Database != "" }

// Target is the warehouse that the settings name. The error is a *ConfigError, without the URL, which may hold a password.
func (w *Warehouse) Target() (Target, error) {
	const expected = "sqlserver://HOST?database=NAME or sqlite:PATH, such as sqlite:warehouse.db; or SERVER and DATABASE"
	text := string(w.URL)
	path, isSQLite := strings.CutPrefix(text, sqliteScheme)
	switch {
	case !w.Configured():
		return Target{}, &ConfigError{Name: "WAREHOUSE_URL", Problem: "is missing", Expected: expected}
	case isSQLite && path == "":
		return Target{}, &ConfigError{Name: "WAREHOUSE_URL", Problem: "names no file", Expected: "sqlite:PATH, such as sqlite:warehouse.db"}
	case isSQLite && (w.User != "" || w.Password != ""):
		return Target{}, &ConfigError{Name: "WAREHOUSE_USER", Problem: "or WAREHOUSE_PASSWORD is set beside a SQLite file, which has no users", Expected: "neither, or WAREHOUSE_URL=sqlserver://…"}
	case isSQLite:
		return Target{SQLite: path}, nil
	case text != "" && !strings.HasPrefix(strings.ToLower(text), serverScheme):
		return Target{}, &ConfigError{Name: "WAREHOUSE_URL", Problem: "begins with neither sqlserver:// nor sqlite:", Expected: expected}
	case text == "" && w.Server == "":
		return Target{}, &ConfigError{Name: "SERVER", Problem: "is missing", Expected: "the SQL Server that DATABASE is on; or WAREHOUSE_URL instead of both"}
	}
	server, err := connect.Parse(connect.Settings{URL: text, Server: w.Server, Database: w.Database, Driver: w.Driver, User: w.User, Password: string(w.Password)})
	if err != nil {
		return Target{}, AsConfigError(err)
	}
	return Target{SQLServer: server}, nil
}

// AsConfigError makes a *ConfigError of what package connect says of a setting, which holds no secret. Any other error
// stays as it is.
func AsConfigError(err error) error {
	var setting *connect.SettingError
	if errors.As(err, &setting) {
		return &ConfigError{Name: setting.Setting, Problem: setting.Problem, Expected: setting.Expected}
	}
	return err
}
