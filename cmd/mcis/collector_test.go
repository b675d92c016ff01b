package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/protobuf/proto"
)

// collector is an OTLP collector over HTTP that keeps what it is sent.
type collector struct {
	*httptest.Server

	mu       sync.Mutex
	spans    []keptSpan
	requests int
}

// keptSpan is a span as a test looks at it.
type keptSpan struct {
	service, name, kind string
	trace, id, parent   string
	links               []string // ids of spans
	told                map[string]any
	failed              bool
	took                time.Duration
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent coltrace.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || r.URL.Path != "/v1/traces" || r.Method != http.MethodPost {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.keep(&sent)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) keep(sent *coltrace.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	for _, of := range sent.GetResourceSpans() {
		service := values(of.GetResource().GetAttributes())["service.name"]
		for _, scope := range of.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				kept := keptSpan{
					name: span.GetName(), kind: span.GetKind().String(), trace: string(span.GetTraceId()), id: string(span.GetSpanId()),
					parent: string(span.GetParentSpanId()), told: values(span.GetAttributes()), failed: span.GetStatus().GetCode() == 2,
					took: time.Duration(span.GetEndTimeUnixNano() - span.GetStartTimeUnixNano()),
				}
				kept.service, _ = service.(string)
				for _, link := range span.GetLinks() {
					kept.links = append(kept.links, string(link.GetSpanId()))
				}
				c.spans = append(c.spans, kept)
			}
		}
	}
}

func values(attributes []*common.KeyValue) map[string]any {
	all := make(map[string]any)
	for _, attribute := range attributes {
		switch value := attribute.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			all[attribute.GetKey()] = value.StringValue
		case *common.AnyValue_IntValue:
			all[attribute.GetKey()] = value.IntValue
		}
	}
	return all
}

// named are the spans of a name, so far.
func (c *collector) named(name string) (found []keptSpan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if span.name == name {
			found = append(found, span)
		}
	}
	return found
}

// all are the spans so far, by their ids.
func (c *collector) all() map[string]keptSpan {
	c.mu.Lock()
	defer c.mu.Unlock()
	byID := make(map[string]keptSpan, len(c.spans))
	for _, span := range c.spans {
		byID[span.id] = span
	}
	return byID
}

// asked is how often anything was sent.
func (c *collector) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// ancestors are the names of the spans that one is inside of, up to the root.
func ancestors(all map[string]keptSpan, span keptSpan) (names []string) {
	for at := span; ; at = all[at.parent] {
		names = append(names, at.name)
		if at.parent == "" || len(names) > len(all) {
			slices.Reverse(names)
			return names
		}
	}
}
