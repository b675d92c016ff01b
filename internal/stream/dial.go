package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	dialTimeout = 5 * time.Second // for one server of the list

	reconnectWait   = 500 * time.Millisecond
	reconnectJitter = 500 * time.Millisecond

	// Two unanswered pings close a dead connection, so that one whose peer vanished without a word is
	// noticed within 45 seconds rather than the client's default of 6 minutes.
	pingInterval = 15 * time.Second
	maxPings     = 2
)

func dial(ctx context.Context, cfg Config) (*nats.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	hosts, secrets, err := parseURLs(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.Creds != "" {
		if _, err := os.Stat(cfg.Creds); err != nil {
			return nil, fmt.Errorf("NATS credentials: %w", err)
		}
	}
	nc, err := nats.Connect(cfg.URL, dialOptions(ctx, cfg)...)
	if err != nil {
		return nil, unreachable("connect to "+strings.Join(hosts, ", "), redact(err, secrets))
	}
	return nc, nil
}

func dialOptions(ctx context.Context, cfg Config) []nats.Option {
	timeout := dialTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	opts := append(handlers(cfg.Logger),
		nats.Name(cfg.Name),
		nats.Timeout(timeout),
		nats.MaxReconnects(-1), // the default gives up for good after 60
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectJitter, reconnectJitter),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPings),
	)
	if cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(cfg.Creds))
	}
	if cfg.InProcess != nil {
		opts = append(opts, nats.InProcessServer(cfg.InProcess))
	}
	return opts
}

// handlers log what happens to the connection: there is no caller to return it to.
func handlers(log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if !nc.IsClosed() {
				log.Warn("NATS connection lost, reconnecting", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info("NATS connection is back", "server", nc.ConnectedUrlRedacted())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("NATS reports an error", "error", err)
		}),
	}
}

// parseURLs returns the hosts in a list of URLs, and the passwords and tokens in it. Its error never quotes the list.
func parseURLs(list string) (hosts, secrets []string, err error) {
	for raw := range strings.SplitSeq(list, ",") {
		raw = strings.TrimSpace(raw)
		if !strings.Contains(raw, "://") {
			raw = "nats://" + raw // as the client reads it
		}
		u, err := url.Parse(raw)
		if err != nil {
			return nil, nil, errors.New("NATS URL is not a URL such as nats://host:4222")
		}
		hosts = append(hosts, u.Host)
		if u.User == nil {
			continue
		}
		if password, ok := u.User.Password(); ok {
			secrets = append(secrets, password)
		} else {
			secrets = append(secrets, u.User.Username()) // without a password it is a token
		}
		secrets = append(secrets, u.User.String())
	}
	return hosts, secrets, nil
}

// redact returns err itself when its text holds none of the secrets, else an error with them struck out.
func redact(err error, secrets []string) error {
	text := err.Error()
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "xxxxx")
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
