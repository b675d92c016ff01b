package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/sqlite"
)

// victimOf names, in the environment of a copy of this test program, the file that it loads until it is killed.
const victimOf = "MCIS_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimOf); path != "" {
		loadUntilKilled(path)
	}
	goleak.VerifyTestMain(m)
}

const companiesPerBatch = 50

// companyBatch holds new companies, and number 0 once more.
func companyBatch(m *mapping.Mapping, number int) *warehouse.Batch {
	set := &rows.Set{Tables: make([][]rows.Row, len(m.Tables))}
	for i := range companiesPerBatch {
		id := int64(number*companiesPerBatch + i)
		if i == 0 {
			id = 0
		}
		set.Tables[0] = append(set.Tables[0], rows.Row{
			Key: fmt.Sprint(id), Values: []any{id, fmt.Sprintf("batch %d", number), nil},
			Stamp: rows.Stamp{Version: int64(number), ObservedAt: time.Unix(0, 0), ExtractedAt: time.Unix(0, 0), Hash: int64(number)},
		})
	}
	return warehouse.NewBatch(m, []*rows.Set{set})
}

func loadUntilKilled(path string) {
	m, err := mapping.Load("test.yaml", []byte(companies))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	w, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		panic(err)
	}
	if _, err := w.Migrate(ctx, m); err != nil {
		panic(err)
	}
	for number := 1; ; number++ {
		if _, err := w.Load(ctx, companyBatch(m, number)); err != nil {
			panic(err)
		}
		fmt.Println(number)
	}
}

// TestKilled: a process that is killed in the middle of a load leaves every batch that it said was loaded, and no
// part of another.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	acked := 0
	for range 3 {
		acked = max(acked, killAfter(t, path, 20))
	}
	f := openFile(t, path)
	found, err := f.Rows(t.Context(), "Company")
	if err != nil {
		t.Fatal(err)
	}
	batches := make(map[any]int)
	for _, row := range found {
		batches[row["name"]]++
	}
	newest := 0
	for number := 1; batches[fmt.Sprintf("batch %d", number)] > 0; number++ {
		newest = number
	}
	for number := 1; number <= newest; number++ {
		want := companiesPerBatch - 1
		if number == newest {
			want++ // company 0 is of the last one
		}
		if got := batches[fmt.Sprintf("batch %d", number)]; got != want {
			t.Errorf("batch %d of %d: %d companies, want %d", number, newest, got, want)
		}
	}
	if newest < acked {
		t.Errorf("%d batches were loaded, %d are there", acked, newest)
	}
}

// killAfter starts a process that loads, kills it after it has loaded a number of batches, and returns the last one
// that it reported.
func killAfter(t *testing.T, path string, batches int) int {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), victimOf+"="+path)
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	last := 0
	for seen := 0; lines.Scan(); seen++ {
		if seen == batches {
			if err := process.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Errorf("line %q: %v", lines.Text(), err)
		}
	}
	if process.Wait() == nil {
		t.Error("the process ended by itself")
	}
	return last
}

// TestLoadersAtOnce: two loaders of one file, each with half of the batches, and a reader among them.
func TestLoadersAtOnce(t *testing.T) {
	m := loadMapping(t, companies)
	f := newFile(t)
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	const batches = 30
	var group errgroup.Group
	for i, w := range []*file{f, openFile(t, f.path)} {
		group.Go(func() error {
			for number := i + 1; number <= batches; number += 2 {
				if _, err := w.Load(t.Context(), companyBatch(m, number)); err != nil {
					return err
				}
				if _, err := f.RowCounts(t.Context(), m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	wantNewest(t, f, batches)
}

// wantNewest looks for every company of the batches once, and company 0 of the last.
func wantNewest(t *testing.T, f *file, batches int) {
	t.Helper()
	found, err := f.Rows(t.Context(), "Company")
	if err != nil {
		t.Fatal(err)
	}
	if want := batches*(companiesPerBatch-1) + 1; len(found) != want {
		t.Errorf("%d companies, want %d", len(found), want)
	}
	for _, row := range found {
		if row["company_id"] == int64(0) && row["name"] != fmt.Sprintf("batch %d", batches) {
			t.Errorf("company 0 is of %v, want the newest", row["name"])
		}
	}
}
