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
		return nil, unreachable("connect to "+strings.Join(hosts, ", "), redact(err, append(secrets, cfg.Password)))
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
	opts = append(opts, identity(cfg)...)
	if cfg.InProcess != nil {
		opts = append(opts, nats.InProcessServer(cfg.InProcess))
	}
	return opts
}

// identity says who connects, and whom it trusts.
func identity(cfg Config) []nats.Option {
	var opts []nats.Option
	if cfg.User != "" {
		opts = append(opts, nats.UserInfo(cfg.User, cfg.Password))
	}
	if user := userOf(cfg); isToken(user) {
		opts = append(opts, nats.CustomInboxPrefix(nats.InboxPrefix+user))
	}
	if cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(cfg.Creds))
	}
	if cfg.CA != "" {
		opts = append(opts, nats.RootCAs(cfg.CA))
	}
	if cfg.Cert != "" {
		opts = append(opts, nats.ClientCert(cfg.Cert, cfg.Key))
	}
	return opts
}

// userOf is who logs in by a password, or "". He gets answers at subjects of his own, _INBOX.USER.…, so that a server's permissions can
// keep others from hearing them: the queue's messages come as answers.
func userOf(cfg Config) string {
	if cfg.User != "" {
		return cfg.User
	}
	first, _, _ := strings.Cut(cfg.URL, ",")
	if u, err := url.Parse(strings.TrimSpace(first)); err == nil && u.User != nil {
		if _, hasPassword := u.User.Password(); hasPassword {
			return u.User.Username()
		}
	}
	return ""
}

// isToken reports what can be a part of a subject.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '-' && r != '_' && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
}

// handlers log what happens to the connection: there is no caller to return it to.
func handlers(log *slog.Logger) []nats.Option {
	refusals, others := &throttle{every: logEvery}, &throttle{every: logEvery}
	return []nats.Option{
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) { logLost(log, nc, err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) { logBack(log, nc) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrAuthorization) {
				logSome(log, refusals, "NATS refuses the login, trying again: when the password was changed, start this process with the new one", err)
				return
			}
			logSome(log, others, "NATS reports an error", err)
		}),
	}
}

// logSome logs an error of a kind that may come with every try.
func logSome(log *slog.Logger, kind *throttle, text string, err error) {
	if skipped, ok := kind.allow(); ok {
		log.Warn(text, "error", err, "skipped", skipped)
	}
}

func logLost(log *slog.Logger, nc *nats.Conn, err error) {
	if !nc.IsClosed() {
		log.Warn("NATS connection lost, reconnecting", "error", err)
	}
}

func logBack(log *slog.Logger, nc *nats.Conn) {
	log.Info("NATS connection is back", "server", nc.ConnectedUrlRedacted())
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
		_, escaped, _ := strings.Cut(u.User.String(), ":")
		secrets = append(secrets, u.User.String(), escaped)
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
