package check

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

// serverURL is the SQL Server that tests may use, of a login that may create databases.
const serverURL = "MCIS_TEST_SQLSERVER_URL"

// warehouse puts a SQLite file in the place of the container with SQL Server, unless the environment names a server: then the
// database and the loader's login are made there, by the script of the compose file.
func (s *site) warehouse() {
	s.t.Helper()
	address := os.Getenv(serverURL)
	if address == "" {
		s.changes = append(s.changes, serverInside, "sqlite:"+filepath.Join(s.dir, "warehouse.db"))
		s.dropped = []string{"WAREHOUSE_USER", "WAREHOUSE_PASSWORD_FILE"}
		return
	}
	server, err := url.Parse(address)
	if err != nil {
		s.t.Fatalf("%s is no URL", serverURL)
	}
	name := fmt.Sprintf("mcis_smoke_%d", time.Now().UnixNano())
	query := server.Query()
	query.Set("database", name)
	server.User, server.RawQuery = nil, query.Encode()
	s.changes = append(s.changes, serverInside, server.String(), "mcis_loader", name)
	s.t.Cleanup(func() {
		s.sql("IF DB_ID(N'"+name+"') IS NOT NULL DROP DATABASE ["+name+"]", "IF SUSER_ID(N'"+name+"') IS NOT NULL DROP LOGIN ["+name+"]")
	})
}

// createDatabase runs the script of the service `database`, as sqlcmd would: a batch at a time, with its variables replaced.
func (s *site) createDatabase() {
	s.t.Helper()
	if os.Getenv(serverURL) == "" {
		return
	}
	loader := s.placed("mcis_loader", "")
	password, err := os.ReadFile(s.placed("/secrets/warehouse/password", ""))
	if err != nil {
		s.t.Fatal(err)
	}
	text := strings.NewReplacer("$(DATABASE)", loader, "$(LOADER)", loader, "$(LOADER_PASSWORD)", string(password)).Replace(read(s.t, "deploy", "compose", "database.sql"))
	s.sql(regexp.MustCompile(`(?m)^GO\s*$`).Split(text, -1)...)
}

// literal is a password in a statement.
var literal = regexp.MustCompile(`PASSWORD = N'[^']*'`)

// notSupported is the error number of a server that speaks SQL Server's protocol and is not one: it has no such statement. Then the loader is made
// the database's owner, and what is seen of rights is nothing.
const notSupported = 33557097

func (s *site) sql(batches ...string) {
	s.t.Helper()
	db, err := sql.Open("sqlserver", os.Getenv(serverURL))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // USE is of the connection
	for _, batch := range batches {
		if strings.TrimSpace(batch) == "" {
			continue
		}
		_, err := db.Exec(batch)
		var refused mssql.Error
		if errors.As(err, &refused) && refused.Number == notSupported && strings.Contains(batch, "GRANT") {
			s.t.Logf("this is no SQL Server, and has no %s: %v", batch, err)
			_, err = db.Exec("ALTER ROLE db_owner ADD MEMBER [" + s.placed("mcis_loader", "") + "]")
		}
		if err != nil {
			s.t.Errorf("%s: %v", literal.ReplaceAllString(batch, "PASSWORD = …"), err)
		}
	}
}
