package upstream

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKindsOfLinks(t *testing.T) {
	tests := map[string]string{
		"/ii/api/v2/customer/64556": "customer", "/ii/api/v2/booking/840017": "booking", "/ii/api/v2/language/ar": "language",
		"/ii/api/v2/booking/840017/jobOffer/": "jobOffer", "/ii/api/v2/booking/840017/bookingCriteria": "bookingCriteria",
		"/ii/api/v2/a/1/b/2": "b", "/ii/api/v2/status": "status",
		"/ii/api/v2/": ResourceOther, "/ii/api/v1/customer/5": ResourceOther, "/": ResourceOther, "/customer/5": ResourceOther,
		"/ii/api/v2/64556/customer": ResourceOther, "/ii/api/v2/cust%20omer/5": ResourceOther, "/ii/api/v2/k%C3%BC/5": ResourceOther,
		"/ii/api/v2/averyveryveryveryveryveryverylongnamethatnoneis/5": ResourceOther,
	}
	k := newKinds(mustParse(t, "https://host/ii/api/v2/booking"))
	for link, want := range tests {
		if got := k.of(mustParse(t, "https://host"+link)); got != want {
			t.Errorf("%s is a %q, expected %q", link, got, want)
		}
	}
	atRoot := newKinds(mustParse(t, "https://host/booking"))
	if got := atRoot.of(mustParse(t, "https://host/customer/5")); got != "customer" {
		t.Errorf("at the root it is a %q", got)
	}
}

// TestKindsAreBounded: whoever writes the documents does not decide how much is counted.
func TestKindsAreBounded(t *testing.T) {
	k := newKinds(mustParse(t, "https://host/ii/api/v2/booking"))
	all := make(map[string]bool)
	for n := range 10 * mostKinds {
		all[k.of(mustParse(t, fmt.Sprintf("https://host/ii/api/v2/kind%d/1", n)))] = true
	}
	if len(all) != mostKinds+1 || !all[ResourceOther] {
		t.Errorf("%d kinds", len(all))
	}
	if got := k.of(mustParse(t, "https://host/ii/api/v2/kind0/2")); got != "kind0" {
		t.Errorf("a kind that was there is %q now", got)
	}
}

// TestAnswersAreCountedByWhatTheyAreFor, those of each attempt and of each hop, and requests without one.
func TestAnswersAreCountedByWhatTheyAreFor(t *testing.T) {
	moved := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Path+"/moved")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	steps := map[string]http.HandlerFunc{
		listPath:                   answer(http.StatusOK, page(0, 0)),
		"/ii/api/v2/customer/5":    inOrder(cutEarly, answer(http.StatusInternalServerError, ""), answer(http.StatusOK, "{}")),
		"/ii/api/v2/visit/6":       answer(http.StatusNotFound, ""),
		"/ii/api/v2/visit/7":       moved,
		"/ii/api/v2/visit/7/moved": answer(http.StatusOK, "{}"),
	}
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) { steps[r.URL.Path](w, r) })
	c := a.client(t)
	if _, err := c.ListPage(t.Context(), testQuery(), 1); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"/ii/api/v2/customer/5", "/ii/api/v2/visit/6", "/ii/api/v2/visit/7"} {
		_, _ = c.Fetch(t.Context(), link) // what is counted says what came of it
	}
	want := map[Answer]int64{
		{ResourceLogin, 200}: 1, {ResourceLogin, 0}: 0, {ResourceList, 200}: 1, {ResourceList, 0}: 0,
		{"customer", 0}: 1, {"customer", 500}: 1, {"customer", 200}: 1,
		{"visit", 404}: 1, {"visit", 307}: 1, {"visit", 200}: 1,
	}
	got := c.Requests()
	if diff := cmp.Diff(want, got.Answers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]int64{200: 4, 307: 1, 404: 1, 500: 1}, got.Statuses); diff != "" || got.Failures != 1 || got.Sent() != 8 {
		t.Errorf("%d failures of %d requests %s", got.Failures, got.Sent(), diff)
	}
}
