package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"mcis/internal/tracing"
)

// OpenTelemetry's own variables, of which these decide here. The rest (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
// OTEL_TRACES_SAMPLER, OTEL_BSP_…, OTEL_EXPORTER_OTLP_HEADERS, …_CERTIFICATE, …_TIMEOUT) the library reads.
const (
	otlpEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	otlpTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	otlpProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	otlpTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	otlpHeaders        = "OTEL_EXPORTER_OTLP_HEADERS"
	otelDisabled       = "OTEL_SDK_DISABLED"
	otelTraces         = "OTEL_TRACES_EXPORTER"
)

// flushFor is how long the last spans may take at a process's end.
const flushFor = 3 * time.Second

// trace returns a context whose spans go to the collector that the environment names, and what delivers the last of them. Without one
// both do nothing. process is what the spans are of, unless OTEL_SERVICE_NAME says. The error is a *ConfigError.
func trace(ctx context.Context, process string) (traced context.Context, flush func(), err error) {
	if !isTraced() {
		return ctx, func() {}, nil
	}
	if err := checkOTLP(); err != nil {
		return ctx, nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.Default().Warn("OpenTelemetry has a problem", "error", err) }))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return ctx, nil, &ConfigError{Name: otlpEndpoint, Problem: "is not usable: " + err.Error(), Expected: "the settings of an OTLP collector"}
	}
	working, abandon := context.WithCancel(context.WithoutCancel(ctx))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(&delivery{SpanExporter: exporter, working: working}), sdktrace.WithResource(whoIs(ctx, process)))
	return tracing.With(ctx, provider.Tracer("mcis")), func() {
		defer abandon()
		ctx, cancel := context.WithTimeout(working, flushFor)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			slog.Default().Warn("the last spans were not delivered", "error", err)
		}
	}, nil
}

func isTraced() bool {
	return (os.Getenv(otlpEndpoint) != "" || os.Getenv(otlpTracesEndpoint) != "") &&
		!strings.EqualFold(os.Getenv(otelDisabled), "true") && os.Getenv(otelTraces) != "none"
}

// checkOTLP says which variable is wrong: the library would go on with a default.
func checkOTLP() error {
	var problems []error
	for _, name := range []string{otlpEndpoint, otlpTracesEndpoint} {
		if value := os.Getenv(name); value != "" {
			problems = append(problems, checkURL(name, value, "the URL of an OTLP collector, such as http://127.0.0.1:4318"))
		}
	}
	for _, name := range []string{otlpProtocol, otlpTracesProtocol} {
		switch value := os.Getenv(name); value {
		case "", "http/protobuf", "http/json":
		default:
			problems = append(problems, &ConfigError{Name: name, Problem: "is \"" + value + "\"", Expected: "http/protobuf, and a collector's port for HTTP"})
		}
	}
	return errors.Join(append(problems, headersFromFile())...)
}

// headersFromFile takes the headers from the file that OTEL_EXPORTER_OTLP_HEADERS_FILE names, as every setting can be: the key of
// a collector's owner is in them.
func headersFromFile() error {
	name := otlpHeaders + fileSuffix
	path := os.Getenv(name)
	if path == "" || os.Getenv(otlpHeaders) != "" {
		return nil
	}
	headers, err := readValue(path)
	if err == nil {
		err = os.Setenv(otlpHeaders, headers)
	}
	if err != nil {
		return &ConfigError{Name: name, Problem: "cannot be read: " + err.Error(), Expected: "the path of a file with the value of " + otlpHeaders}
	}
	return nil
}

// whoIs describes the process; what the environment says of it wins.
func whoIs(ctx context.Context, process string) *resource.Resource {
	described, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", process), attribute.String("service.version", ThisBuild().Version)),
		resource.WithHost(), resource.WithProcessPID(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		slog.Default().Warn("traces do not tell all of their process", "error", err)
	}
	return described
}

// delivery delivers spans, and logs once in a while that it cannot: a collector that is away is no trouble of the work's.
type delivery struct {
	sdktrace.SpanExporter
	working context.Context // ends when nobody waits for what is under way any more

	mu   sync.Mutex
	told time.Time
	lost int
}

const tellLostEvery = 5 * time.Minute

// ExportSpans delivers spans, or drops them: the error is never returned.
func (d *delivery) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.working, cancel)()
	if err := d.SpanExporter.ExportSpans(ctx, spans); err != nil {
		d.tell(len(spans), err)
	}
	return nil
}

func (d *delivery) tell(spans int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lost += spans
	if time.Since(d.told) < tellLostEvery {
		return
	}
	slog.Default().Warn("spans cannot be delivered, they are dropped", "spans", d.lost, "error", err)
	d.told, d.lost = time.Now(), 0
}
