package stages

import (
	"strings"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
)

func TestWhenSyncsAreDue(t *testing.T) {
	tests := []struct {
		name     string
		settings Syncing
		want     string // what the schedule says of itself; "" for none
		wrong    []string
	}{
		{"once", Syncing{}, "", nil},
		{"now and then", Syncing{Every: 15 * time.Minute}, "every 15m", nil},
		{"at night", Syncing{Cron: "0 1 * * *"}, "every day at 01:00 (local time)", nil},
		{"somewhere", Syncing{Cron: "CRON_TZ=Europe/Berlin 30 2 * * *"}, "every day at 02:30 (Europe/Berlin)", nil},
		{"both", Syncing{Every: time.Hour, Cron: "0 1 * * *"}, "", []string{"SYNC_CRON", "SYNC_EVERY too", "one of them"}},
		{"hour", Syncing{Cron: "0 25 * * *"}, "", []string{"SYNC_CRON", "the hour", "0 1 * * *"}},
		{"fields", Syncing{Cron: "0 1 * *"}, "", []string{"SYNC_CRON", "4 fields, not 5"}},
		{"never", Syncing{Cron: "0 0 30 2 *"}, "", []string{"SYNC_CRON", "never due"}},
		{"backwards", Syncing{Every: -time.Minute}, "", []string{"SYNC_EVERY is -1m0s", "0 or more"}},
		{"into the future", Syncing{Overlap: -time.Hour}, "", []string{"SYNC_OVERLAP is -1h0m0s", "0 or more"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			times, err := test.settings.Schedule()
			wrongSetting(t, err, test.wrong)
			switch {
			case test.wrong != nil:
			case test.want == "" && times != nil:
				t.Errorf("it is due %s, expected once", times)
			case test.want != "" && (times == nil || times.String() != test.want):
				t.Errorf("it is due %v, expected %s", times, test.want)
			}
		})
	}
}

func TestDaemonsSyncWithoutBeingToldWhen(t *testing.T) {
	tests := []struct {
		settings Syncing
		want     string
	}{
		{Syncing{}, "every 15m"},
		{Syncing{Every: time.Minute}, "every 1m"},
		{Syncing{Cron: "@hourly"}, `at the times of "@hourly" (local time)`},
	}
	for _, test := range tests {
		times, err := test.settings.ScheduleOr(DefaultEvery)
		if err != nil || times.String() != test.want {
			t.Errorf("%+v: due %v, %v; expected %s", test.settings, times, err, test.want)
		}
	}
	wrong := Syncing{Cron: "often"}
	_, err := wrong.ScheduleOr(DefaultEvery)
	wrongSetting(t, err, []string{"SYNC_CRON", "often"})
}

// wrongSetting makes sure that an error is one of configuration and says all of it; without texts, that there is none.
func wrongSetting(t *testing.T, err error, texts []string) {
	t.Helper()
	if len(texts) == 0 {
		if err != nil {
			t.Errorf("unexpected: %v", err)
		}
		return
	}
	if cli.ExitCode(err) != cli.ExitUsage {
		t.Fatalf("exit code %d, expected %d: %v", cli.ExitCode(err), cli.ExitUsage, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}
