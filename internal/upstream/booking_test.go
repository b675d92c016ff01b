package upstream

import (
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
)

func TestFetchBooking(t *testing.T) {
	for setting, want := range map[string]string{
		"":                       listPath + "/64001",
		"/":                      listPath + "/64001",
		"?tenant=7&page=99":      listPath + "/64001?tenant=7",
		"/?pageSize=5&tenant=7#": listPath + "/64001?tenant=7",
	} {
		t.Run(setting, func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, r.Method+" "+r.URL.RequestURI())
				_, _ = w.Write([]byte("{ \"id\": 64001 }"))
			})
			c := a.client(t, func(cfg *Config) { cfg.DataURL += setting })
			got, err := c.FetchBooking(t.Context(), 64001)
			if err != nil || string(got) != `{"id":64001}` {
				t.Errorf("got %s, %v", got, err)
			}
			if diff := cmp.Diff([]string{"GET " + want}, asked); diff != "" {
				t.Error(diff)
			}
			if n := c.Requests().Resources; n != 1 {
				t.Errorf("%d resources are counted", n)
			}
		})
	}
}

func TestFetchBookingAbsent(t *testing.T) {
	for _, status := range []int{403, 404, 410} {
		a := newAPI(t, answer(status, "gone"))
		_, err := a.client(t).FetchBooking(t.Context(), 7)
		want := &fault.Absent{Status: status, URI: a.URL + listPath + "/7"}
		if diff := cmp.Diff(want, fault.AsAbsent(err)); diff != "" {
			t.Error(diff)
		}
	}
}
