package simapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/simapi"
)

// TestCaptures serves invented captures; the real ones are third-party data and tested where they are at hand.
func TestCaptures(t *testing.T) {
	dir := t.TempDir()
	const base = "https://ii.example.test:443/ii/api/v2"
	booking := func(id, day string) string {
		return `{"id":` + id + `,"uri":"` + base + `/booking/` + id + `","expectedStartDate":"2024-05-` + day + `T10:00:00Z","lastModifiedDate":"2024-06-` + day + `T10:00:00Z"}`
	}
	for name, content := range map[string]string{
		"booking_page.json": `{"count":35281,"items":[` + booking("3", "03") + "," + booking("2", "02") + `]}`,
		"resources.json":    `{"/booking/1":` + booking("1", "01") + `,"/booking/2":` + booking("2", "02") + `,"/customer/9":{"id":9,"uri":"` + base + `/customer/9"}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := start(t, simapi.Config{Captures: dir})
	for body, want := range map[string][]int64{
		`{}`:                               {3, 2, 1},
		window("2024-05-02", "2024-06-01"): {3, 2},
		`{"Filter":{"groupOp":"AND","rules":[{"op":"ged","field":"lastModifiedDate","data":"2024-06-03"}]}}`: {3},
	} {
		if diff := cmp.Diff(want, a.list(body, 1)); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	if _, got := a.get(simapi.PathPrefix+"/customer/9", ""); string(got) != `{"id":9,"uri":"`+a.url+`/ii/api/v2/customer/9"}` {
		t.Errorf("customer is %s", got)
	}
	if status, _ := a.get(simapi.PathPrefix+"/customer/8", ""); status != http.StatusNotFound {
		t.Errorf("an unknown customer answered %d", status)
	}
}

func TestRealCaptures(t *testing.T) {
	shared(t, "api/captures/resources.json")
	a := start(t, simapi.Config{Captures: filepath.Join("..", "..", "..", "shared", "api", "captures")})
	ids := a.list(everything, 7)
	if len(ids) != 30 {
		t.Errorf("%d bookings", len(ids))
	}
	resources := map[string]json.RawMessage{}
	decode(t, []byte(shared(t, "api/captures/resources.json")), &resources)
	for path := range resources {
		status, body := a.get(simapi.PathPrefix+path, "")
		var there struct{ URI string }
		decode(t, body, &there)
		if status != http.StatusOK || there.URI != a.url+simapi.PathPrefix+path || strings.Contains(string(body), "ii.example.test") {
			t.Errorf("%s answered %d with uri %s", path, status, there.URI)
		}
	}
}
