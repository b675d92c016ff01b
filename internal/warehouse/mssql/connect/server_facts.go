package connect

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// Server is what a server says of itself and of the database. What it does not say is empty or 0.
type Server struct {
	Version       string // "16.0.4135.4"
	Edition       string // "Developer Edition (64-bit)", "SQL Azure"
	EngineEdition int    // 5 Azure SQL Database, 8 Azure SQL Managed Instance
	Database      string
	User          string // of the database
	Login         string
	ReadOnly      bool
	Compatibility int // compatibility level of the database
}

// facts are asked in one statement, and all of them may be NULL.
// https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql,
// https://learn.microsoft.com/sql/t-sql/functions/databasepropertyex-transact-sql (Updateability is READ_ONLY for a secondary, too).
const facts = `SELECT CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128)), CAST(SERVERPROPERTY('Edition') AS NVARCHAR(128)),
	CAST(SERVERPROPERTY('EngineEdition') AS INT), DB_NAME(), USER_NAME(), SUSER_SNAME(),
	CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS NVARCHAR(60)),
	(SELECT CAST(compatibility_level AS INT) FROM sys.databases WHERE name = DB_NAME())`

// Describe asks the server for its facts. It changes nothing.
func Describe(ctx context.Context, q Querier) (*Server, error) {
	var version, edition, database, user, login, updateability sql.NullString
	var engine, compatibility sql.NullInt64
	err := q.QueryRowContext(ctx, facts).Scan(&version, &edition, &engine, &database, &user, &login, &updateability, &compatibility)
	if err != nil {
		return nil, fmt.Errorf("ask for the server's version: %w", err)
	}
	return &Server{
		Version: version.String, Edition: edition.String, EngineEdition: int(engine.Int64), Database: database.String, User: user.String,
		Login: login.String, ReadOnly: updateability.String == "READ_ONLY", Compatibility: int(compatibility.Int64),
	}, nil
}

// String is the product in one line.
func (s *Server) String() string {
	return strings.TrimSpace(fmt.Sprintf("SQL Server %s %s", s.Version, s.Edition))
}

// What is supported: SQL Server 2017, which is version 14; Azure SQL counts its versions differently (https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql, EngineEdition).
const (
	oldestMajor            = 14
	azureDatabase          = 5
	azureSynapse           = 6
	azureManagedInstance   = 8
	azureSynapseServerless = 11
)

// Remarks are what an administrator should know of the server: nothing that keeps a loader from trying. It is nil if there is
// nothing to say.
func (s *Server) Remarks() []string {
	var remarks []string
	if major := s.major(); major != 0 && major < oldestMajor && !s.azure() {
		remarks = append(remarks, fmt.Sprintf("version %s is older than SQL Server 2017 (%d), the oldest that is supported", s.Version, oldestMajor))
	}
	if s.EngineEdition == azureSynapse || s.EngineEdition == azureSynapseServerless {
		remarks = append(remarks, "Azure Synapse has no foreign keys and is not supported")
	}
	if s.ReadOnly {
		remarks = append(remarks, "the database is read-only: a secondary replica, or ALTER DATABASE "+quote(s.Database)+" SET READ_WRITE")
	}
	if s.User == "guest" {
		remarks = append(remarks, fmt.Sprintf("the login has no user in the database: CREATE USER %s FOR LOGIN %s", quote(s.Login), quote(s.Login)))
	}
	return remarks
}

func (s *Server) azure() bool {
	return s.EngineEdition == azureDatabase || s.EngineEdition == azureManagedInstance
}

// major is the first number of the version, 0 when there is none.
func (s *Server) major() int {
	text, _, _ := strings.Cut(s.Version, ".")
	major, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return major
}
