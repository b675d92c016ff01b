package upstream

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"mcis/internal/queue"
	"mcis/internal/tracing"
)

// TestEachRequestIsASpan inside that of whoever asks, without what may be a secret, and the API learns nothing of it.
func TestEachRequestIsASpan(t *testing.T) {
	var mu sync.Mutex
	received := make(http.Header)
	steps := inOrder(answer(http.StatusBadGateway, ""), answer(http.StatusOK, "{}"))
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		for name, values := range r.Header {
			received[name] = values
		}
		mu.Unlock()
		steps(w, r)
	})
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	ctx, parent := tracing.Start(tracing.With(t.Context(), provider.Tracer("test")), "enrich booking")
	if _, err := a.client(t).Fetch(ctx, "/ii/api/v2/customer/5?token=sesame#sesame"); err != nil {
		t.Fatal(err)
	}
	parent.End(nil)

	type span struct {
		Name, Status, URL string
		Failed            bool
	}
	var got []span
	for _, s := range recorder.Ended() {
		told := map[string]string{}
		for _, attribute := range s.Attributes() {
			told[string(attribute.Key)] = attribute.Value.String()
			if strings.Contains(attribute.Value.String(), "sesame") || strings.Contains(attribute.Value.String(), testSecret) {
				t.Errorf("%s tells a secret: %v", s.Name(), attribute)
			}
		}
		got = append(got, span{s.Name(), told[tracing.Status], strings.TrimPrefix(told[tracing.URL], a.URL), len(s.Events()) > 0})
		if s.Name() != "enrich booking" && s.Parent().SpanID().String() != recorder.Ended()[len(recorder.Ended())-1].SpanContext().SpanID().String() {
			t.Errorf("%s is inside %v", s.Name(), s.Parent())
		}
	}
	want := []span{
		{"POST login", "200", "/auth", false}, {"GET customer", "502", "/ii/api/v2/customer/5", true},
		{"GET customer", "200", "/ii/api/v2/customer/5", false}, {"enrich booking", "", "", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{queue.HeaderTraceParent, queue.HeaderTraceState} {
		if value := received.Get(name); value != "" {
			t.Errorf("the API was sent %s: %s", name, value)
		}
	}
}
