package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// showQuery prints the answer to a query on a SQLite file.
func showQuery(ctx context.Context, path, query string, out io.Writer) (err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("query %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return printRows(rows, out)
}

func printRows(rows *sql.Rows, out io.Writer) error {
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(names, "\t"))
	for rows.Next() {
		values := make([]any, len(names))
		cells := make([]sql.NullString, len(names))
		for i := range values {
			values[i] = &cells[i]
		}
		if err := rows.Scan(values...); err != nil {
			return err
		}
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(table, "\t")
			}
			fmt.Fprint(table, cell.String)
		}
		fmt.Fprintln(table)
	}
	return errors.Join(rows.Err(), table.Flush())
}
