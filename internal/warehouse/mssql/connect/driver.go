package connect

import (
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/azuread"
)

// newConnector reads a URL that this package wrote. Package azuread returns the plain connector where there is no fedauth.
func newConnector(dsn string) (*mssql.Connector, error) { return azuread.NewConnector(dsn) }
