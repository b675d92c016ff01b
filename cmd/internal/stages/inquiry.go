package stages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/warehouse/mssql/connect"
	"mcis/internal/warehouse/mssql/faults"
)

// inquiry is what a SQL Server said of itself and of who is logged in. Of a file it is empty.
type inquiry struct {
	server *connect.Server
	rights []connect.Right
}

// inquire logs in and asks. The error says in a DBA's words what is wrong.
func inquire(ctx context.Context, target *connect.Target) (asked inquiry, err error) {
	db, err := target.Open()
	if err != nil {
		return inquiry{}, cli.AsConfigError(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err = db.PingContext(ctx); err == nil {
		asked.server, err = connect.Describe(ctx, db)
	}
	if err == nil {
		asked.rights, err = connect.Rights(ctx, db)
	}
	return asked, connect.Explain(target, faults.Classify(err))
}

// String is the product and the user.
func (i inquiry) String() string { return fmt.Sprintf("%s, user %s", i.server, i.server.User) }

// lacks is an error when rights for a purpose are missing, with the statements that give them.
func (i inquiry) lacks(purpose connect.Purpose) error {
	missing := connect.Missing(i.rights, purpose)
	if len(missing) == 0 {
		return nil
	}
	names := make([]string, len(missing))
	for n, right := range missing {
		names[n] = right.Permission
	}
	grants := strings.Join(connect.Grants(i.server.User, missing), "\n")
	return &fault.Unreachable{What: "warehouse", Err: fmt.Errorf("the user %s lacks the rights %s. The owner of the database gives them by:\n%s",
		i.server.User, strings.Join(names, ", "), grants)}
}
