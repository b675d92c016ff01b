package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

// simulated are the settings of the simulated API.
type simulated struct {
	Bookings  int           `name:"bookings" default:"2000" help:"Bookings to invent."`
	Seed      uint64        `name:"seed" default:"1" help:"The same seed gives the same bookings."`
	TokenLife time.Duration `name:"token-life" default:"0" help:"How long a token is good for; 0 is for ever."`
	Faults    faults        `embed:"" prefix:"fault-"`
}

// faults are what goes wrong; shares are from 0 to 1.
type faults struct {
	Latency   time.Duration `help:"Before every answer."`
	Spread    time.Duration `help:"Up to so much more."`
	TooMany   float64       `name:"429" placeholder:"SHARE" help:"Share of answers 429."`
	After     string        `name:"retry-after" default:"seconds" enum:"seconds,date,none,mixed" help:"Form of Retry-After with 429 and 503: seconds, date, none or mixed."`
	Error     float64       `name:"500" placeholder:"SHARE" help:"Share of answers 500."`
	Down      float64       `name:"503" placeholder:"SHARE" help:"Share of answers 503."`
	Cut       float64       `placeholder:"SHARE" help:"Share of connections cut."`
	Truncated float64       `placeholder:"SHARE" help:"Share of answers with half a document."`
	Slow      float64       `placeholder:"SHARE" help:"Share of bodies that trickle."`
	NotFound  float64       `name:"404" placeholder:"SHARE" help:"Share of related resources that are gone."`
	Forbidden float64       `name:"403" placeholder:"SHARE" help:"Share of related resources that are forbidden."`
	Count     float64       `placeholder:"SHARE" help:"Share of list answers with a wrong count."`
	Drift     float64       `placeholder:"SHARE" help:"Share of list pages that are shifted by one booking."`
	WrongType float64       `placeholder:"SHARE" help:"Share of bookings with a field of the wrong type."`
	BadValue  float64       `placeholder:"SHARE" help:"Share of bookings with a value that no column can hold."`
	NoID      float64       `name:"no-id" placeholder:"SHARE" help:"Share of bookings without a usable id."`
	Foreign   float64       `placeholder:"SHARE" help:"Share of customers whose link leads to another host."`
}

func (f faults) config() simapi.Faults {
	return simapi.Faults{
		Latency: f.Latency, LatencySpread: f.Spread, TooMany: f.TooMany, RetryAfter: f.After, ServerError: f.Error,
		Unavailable: f.Down, CutConnection: f.Cut, TruncatedJSON: f.Truncated, SlowBody: f.Slow,
		NotFound: f.NotFound, Forbidden: f.Forbidden, WrongCount: f.Count, Drift: f.Drift,
		WrongType: f.WrongType, BadValue: f.BadValue, BadBooking: f.NoID, Foreign: f.Foreign,
	}
}

func (s simulated) config() simapi.Config {
	return simapi.Config{Bookings: s.Bookings, Seed: s.Seed, TokenLife: s.TokenLife, Faults: s.Faults.config()}
}

// apiCommand serves the simulated API.
type apiCommand struct {
	simulated `embed:""`
	Addr      string        `name:"addr" default:"127.0.0.1:8088" help:"Where to listen."`
	Subject   string        `name:"subject" default:"demo" help:"The account that may log in."`
	Secret    cli.Secret    `name:"secret" default:"demo" help:"Its secret."`
	Mutate    float64       `name:"mutate" default:"0" help:"Share of the bookings that change every --mutate-every."`
	Every     time.Duration `name:"mutate-every" default:"1m" help:"How often bookings change."`
	Captures  string        `name:"captures" type:"path" help:"Serve the captured pages and resources of this folder instead." placeholder:"DIR"`
	BaseURL   string        `name:"base-url" help:"Origin of the links in documents; by default that of each request." placeholder:"URL"`
}

// IsEndless says that it works until it is asked to end.
func (c *apiCommand) IsEndless() bool { return true }

// Run serves until the context ends.
func (c *apiCommand) Run(ctx context.Context, streams cli.Streams) error {
	config := c.config()
	config.Subject, config.Secret, config.Mutate = c.Subject, string(c.Secret), c.Mutate
	config.Captures, config.BaseURL = c.Captures, c.BaseURL
	api, err := simapi.New(config)
	if err != nil {
		return &cli.ConfigError{Name: "mcis api", Problem: "cannot be set up: " + err.Error(), Expected: "settings as --help says"}
	}
	server, err := serve(beside(api, cli.NewServed()), c.Addr)
	if err != nil {
		return &cli.ConfigError{Name: "--addr", Problem: "cannot be listened on: " + err.Error(), Expected: "a free host:port"}
	}
	fmt.Fprintf(streams.Out, "simulated API with %s bookings\n  AUTH_URL=%s\n  DATA_API_URL=%s\n  SUBJECT=%s\n  statistics: %s/_stats\n",
		grouped(c.Bookings), server.authURL(), server.dataURL(), c.Subject, server.origin())
	c.mutate(ctx, api)
	return server.Shutdown(ctx)
}

// beside serves at the same address what every process tells of itself: the API's own paths are others.
func beside(api http.Handler, served cli.Served) http.Handler {
	mux := served.Handler()
	mux.Handle("/", api)
	return mux
}

// mutate changes bookings again and again until ctx ends.
func (c *apiCommand) mutate(ctx context.Context, api *simapi.Server) {
	if c.Mutate <= 0 || c.Every <= 0 {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(c.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			api.Tick(now)
		}
	}
}

// apiServer is a simulated API that listens.
type apiServer struct {
	*cli.Server
}

func serve(handler http.Handler, addr string) (*apiServer, error) {
	server, err := cli.Serve(addr, handler)
	return &apiServer{server}, err
}

func (s *apiServer) origin() string  { return "http://" + s.Addr() }
func (s *apiServer) authURL() string { return s.origin() + "/ii/api/auth/login" }
func (s *apiServer) dataURL() string { return s.origin() + "/ii/api/v2/booking" }
