package check

import (
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// task is a definition for Windows' Task Scheduler, as far as it is used here. Elements stand in the order of Microsoft's schema, which
// wants them in that order within Task; there is a field for each that occurs, and anything else fails the test.
type task struct {
	XMLName      xml.Name `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
	Version      string   `xml:"version,attr"`
	Registration struct {
		Author, Description, URI string
	} `xml:"RegistrationInfo"`
	Triggers struct {
		Calendar []struct {
			StartBoundary string
			Enabled       bool
			ByDay         struct{ DaysInterval int } `xml:"ScheduleByDay"`
		} `xml:"CalendarTrigger"`
	}
	Principals struct {
		Principal []struct {
			ID                  string `xml:"id,attr"`
			LogonType, RunLevel string
		}
	}
	Settings struct {
		MultipleInstancesPolicy                            string
		DisallowStartIfOnBatteries, StopIfGoingOnBatteries bool
		AllowHardTerminate, StartWhenAvailable             bool
		RunOnlyIfNetworkAvailable, AllowStartOnDemand      bool
		Enabled, Hidden, RunOnlyIfIdle, WakeToRun          bool
		ExecutionTimeLimit                                 string
		Priority                                           int
		RestartOnFailure                                   struct {
			Interval string
			Count    int
		}
	}
	Actions struct {
		Context string `xml:"Context,attr"`
		Exec    []struct{ Command, Arguments, WorkingDirectory string }
	}
}

// known are the names of all elements of the type above.
var known = strings.Fields(`Task RegistrationInfo Author Description URI Triggers CalendarTrigger StartBoundary Enabled ScheduleByDay DaysInterval
	Principals Principal LogonType RunLevel Settings MultipleInstancesPolicy DisallowStartIfOnBatteries StopIfGoingOnBatteries AllowHardTerminate
	StartWhenAvailable RunOnlyIfNetworkAvailable AllowStartOnDemand Hidden RunOnlyIfIdle WakeToRun ExecutionTimeLimit Priority RestartOnFailure
	Interval Count Actions Exec Command Arguments WorkingDirectory`)

func TestTaskRunsAsThePredecessorDid(t *testing.T) {
	text := read(t, "deploy", "windows", "mcis.xml")
	for _, name := range elements(t, text) {
		if !slices.Contains(known, name) {
			t.Errorf("the element %s is not looked at", name)
		}
	}
	var got task
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Triggers.Calendar) != 1 || len(got.Actions.Exec) != 1 || len(got.Principals.Principal) != 1 {
		t.Fatalf("%+v", got)
	}
	trigger, action, settings := got.Triggers.Calendar[0], got.Actions.Exec[0], got.Settings
	// Without a zone it is the machine's own one o'clock, also after the clocks were changed.
	if !strings.HasSuffix(trigger.StartBoundary, "T01:00:00") || trigger.ByDay.DaysInterval != 1 || !trigger.Enabled {
		t.Errorf("it runs from %s, every %d days", trigger.StartBoundary, trigger.ByDay.DaysInterval)
	}
	// By [MS-TSCH] 2.5.4.2 this is for a task that could not be started, and for no exit code: see TestTaskTriesAgain.
	if settings.RestartOnFailure.Count != 3 || settings.RestartOnFailure.Interval != "PT10M" {
		t.Errorf("after a failure: %+v", settings.RestartOnFailure)
	}
	if settings.MultipleInstancesPolicy != "IgnoreNew" || !settings.StartWhenAvailable || settings.StopIfGoingOnBatteries || !settings.Enabled || settings.ExecutionTimeLimit != "PT0S" {
		t.Errorf("settings: %+v", settings)
	}
	if action.Command != "powershell.exe" || action.Arguments != `-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "C:\mcis\run.ps1"` || action.WorkingDirectory != `C:\mcis` {
		t.Errorf("it runs %+v", action)
	}
	if principal := got.Principals.Principal[0]; principal.ID != got.Actions.Context || principal.LogonType != "Password" || principal.RunLevel != "LeastPrivilege" {
		t.Errorf("it runs as %+v", principal)
	}
}

// What the task runs tries three more times, ten minutes apart, after every exit code but those that end it, and ends with the last one. There is no
// PowerShell to run it here: its statements are held, in their order, and that its braces close.
func TestTaskTriesAgain(t *testing.T) {
	text := regexp.MustCompile(`(?m)^\s*#.*$`).ReplaceAllString(read(t, "deploy", "windows", "run.ps1"), "")
	rest := text
	for _, statement := range []string{
		"[int] $Retries = 3", "[int] $Minutes = 10", "$ErrorActionPreference = 'Stop'", "Set-Location -Path $PSScriptRoot", "$final = 0, 2, 4",
		"for ($retry = 0; ; $retry++) {", "Write-Try \"", "& \"$PSScriptRoot\\mcis.exe\" run --once\n", "$code = $LASTEXITCODE\n", "Write-Try \"",
		"if (($final -contains $code) -or ($retry -ge $Retries)) {", "exit $code", "}", "Start-Sleep -Seconds (60 * $Minutes)", "}",
	} {
		before, after, found := strings.Cut(rest, statement)
		if !found {
			t.Fatalf("run.ps1 has no %q after what comes before it: %q", statement, before)
		}
		rest = after
	}
	if strings.TrimSpace(rest) != "" || strings.Count(text, "{") != strings.Count(text, "}") || strings.Count(text, "(") != strings.Count(text, ")") || strings.Count(text, `"`)%2 != 0 {
		t.Errorf("run.ps1 goes on with %q, or something in it is not closed", rest)
	}
	if at := strings.IndexFunc(text, func(r rune) bool { return r > 126 }); at >= 0 { // Windows PowerShell reads a script without a mark in the machine's code page
		t.Errorf("run.ps1 is not plain ASCII at %q", text[at:])
	}
	if script := read(t, "deploy", "windows", "register.ps1"); !strings.Contains(script, `Copy-Item -Force -Path "$PSScriptRoot\run.ps1" -Destination $Folder`) || !strings.Contains(script, `"$Folder\logs"`) {
		t.Error("register.ps1 does not put run.ps1 in its place, or makes no folder for its log")
	}
}

// elements are the names of all elements.
func elements(t *testing.T, text string) (names []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, isStart := token.(xml.StartElement); isStart {
			names = append(names, start.Name.Local)
		}
	}
}

// schtasks takes the file's bytes, Register-ScheduledTask the same as UTF-16: with a declared encoding one of the two refuses it, and with anything
// but ASCII in it they would read different texts.
func TestTaskIsReadInEveryEncoding(t *testing.T) {
	text := read(t, "deploy", "windows", "mcis.xml")
	if !strings.HasPrefix(text, "<?xml version=\"1.0\"?>\n") {
		t.Errorf("it begins with %.60q", text)
	}
	if at := strings.IndexFunc(text, func(r rune) bool { return r > 126 }); at >= 0 {
		t.Errorf("it is not plain ASCII at %q", text[at:])
	}
}

// The task has no environment of its own: its settings come from .env in its working directory.
func TestTaskFindsItsSettings(t *testing.T) {
	variables := environmentFile(t, "deploy", "windows", "mcis.env")
	for name, value := range variables {
		if !slices.Contains(settings(t), name) && !slices.Contains(settings(t), strings.TrimSuffix(name, "_FILE")) {
			t.Errorf("no setting is called %s", name)
		}
		if tellsSecrets.MatchString(name) {
			t.Errorf("%s is in the file", name)
		}
		if strings.Contains(value, `\`) { // a \n in a path would be a line end where values stand in quotes
			t.Errorf("%s is %s: write paths with slashes", name, value)
		}
	}
	for _, name := range []string{"LOG_FILE", "DATA_DIR", "AUTH_URL", "DATA_API_URL", "SUBJECT", "SECRET_FILE", "SERVER", "DATABASE", "HTTP_ADDR"} {
		if variables[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if script := read(t, "deploy", "windows", "register.ps1"); !strings.Contains(script, "Register-ScheduledTask") || !strings.Contains(script, "mcis.xml") {
		t.Error("register.ps1 does not register mcis.xml")
	}
}

// environmentFile are the variables of a file of lines NAME=value.
func environmentFile(t *testing.T, parts ...string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for line := range strings.Lines(read(t, parts...)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, isSetting := strings.Cut(line, "=")
		if !isSetting {
			t.Errorf("%v: %q is no setting", parts, line)
		}
		found[name] = value
	}
	return found
}
