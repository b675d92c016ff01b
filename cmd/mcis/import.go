package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"text/tabwriter"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/archive"
)

// importCommand loads archives back into the stream RECORDS.
type importCommand struct {
	NATS   cli.NATS `embed:""`
	Log    cli.Log  `embed:""`
	Files  []string `arg:"" name:"file" help:"Archives, or folders with archives." type:"path"`
	DryRun bool     `name:"dry-run" help:"Check the files and say what is in them, and publish nothing."`
}

// Run checks all files before it publishes anything of any. What it publishes, a running loader loads; what the warehouse holds in a newer
// version stays as it is.
func (c *importCommand) Run(ctx context.Context, streams cli.Streams) error {
	if !c.DryRun {
		if err := c.NATS.Required(); err != nil {
			return err
		}
	}
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	paths, err := archive.Files(c.Files)
	if err != nil {
		return &cli.ConfigError{Name: "FILE", Problem: "cannot be read: " + err.Error(), Expected: "archives, or folders with archives"}
	}
	if err := checkFiles(ctx, paths, streams.Out); err != nil {
		return err
	}
	if c.DryRun {
		return nil
	}
	return c.publish(ctx, paths, streams.Out, logger)
}

// checkFiles reads all of the files and prints what is in them.
func checkFiles(ctx context.Context, paths []string, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "records\tbookings\tmissing\t  \tfile")
	var errs []error
	records := 0
	for _, path := range paths {
		m, err := checkFile(path)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		records += m.Records
		fmt.Fprintf(table, "%s\t%s\t%s\t  \t%s\n", grouped(m.Records), grouped(m.Bookings), grouped(m.Missing()), filepath.Base(path))
	}
	fmt.Fprintf(table, "%s\t\t\t  \tin %s\n", grouped(records), numbered(len(paths)-len(errs), "file"))
	if err := table.Flush(); err != nil {
		return err
	}
	if len(errs) > 0 {
		return errors.Join(append(errs, errors.New("nothing was published: leave these files away, or get them again from where they were copied to"))...)
	}
	return nil
}

func checkFile(path string) (archive.Manifest, error) {
	file, err := archive.Open(path)
	if err != nil {
		return archive.Manifest{}, err
	}
	return file.Manifest, errors.Join(file.Check(), file.Close())
}

func (c *importCommand) publish(ctx context.Context, paths []string, out io.Writer, logger *slog.Logger) error {
	conn, err := stages.ConnectServer(ctx, c.NATS, "import", logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	var done archive.Imported
	for _, path := range paths {
		n, err := importFile(ctx, path, conn)
		done.Published, done.Had = done.Published+n.Published, done.Had+n.Had
		if err != nil {
			fmt.Fprintf(out, "published %s records\n", grouped(done.Published))
			return cli.Unfinished(ctx, err, "run the same command again, records that are loaded twice change nothing")
		}
		logger.Info("archive imported", "file", path, "records", n.Published)
	}
	fmt.Fprintf(out, "published %s records; a running loader loads them\n", grouped(done.Published))
	if done.Had > 0 {
		fmt.Fprintf(out, "RECORDS had %s of them from an import of the last half hour, which are not loaded again: mcis replay does that\n", grouped(done.Had))
	}
	return nil
}

func importFile(ctx context.Context, path string, publisher archive.Publisher) (archive.Imported, error) {
	file, err := archive.Open(path)
	if err != nil {
		return archive.Imported{}, err
	}
	done, err := file.Import(ctx, publisher)
	return done, errors.Join(err, file.Close())
}
