package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/goldentest"
)

// TestConfigurationPage writes docs/configuration.md from what the binaries say of themselves, and fails when it is another than the
// page that is there: go test ./cmd/mcis -run TestConfigurationPage -update
func TestConfigurationPage(t *testing.T) {
	p := &processes{world: &world{t: t}}
	var settings page
	for _, name := range []string{"producer", "enricher", "loader", "mcis"} {
		command := exec.Command(p.binary(name), "--print-settings")
		command.Dir = t.TempDir()
		printed, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		var binary cli.Description
		if err := json.Unmarshal(printed, &binary); err != nil {
			t.Fatal(err)
		}
		settings.add(binary)
	}
	goldentest.Compare(t, "../../../docs/configuration.md", settings.String())
	for _, group := range settings.groups {
		if section(group.name).title == "" && !strings.HasPrefix(group.name, "main.") {
			t.Errorf("%s has no title: give it one in sections", group.name)
		}
	}
}

// page is the page of settings.
type page struct {
	commands []cli.Command
	binaries []cli.Description
	groups   []*settingGroup
}

// settingGroup is the settings that are fields of one struct, and who has them.
type settingGroup struct {
	name     string
	settings []cli.Setting
	users    []string
}

func (p *page) add(binary cli.Description) {
	p.binaries = append(p.binaries, binary)
	for _, command := range binary.Commands {
		p.commands = append(p.commands, command)
		for _, setting := range command.Settings {
			group := p.group(setting.Group)
			if !slices.ContainsFunc(group.settings, func(s cli.Setting) bool { return s.Flag == setting.Flag }) {
				group.settings = append(group.settings, setting)
			}
			if !slices.Contains(group.users, command.Path) {
				group.users = append(group.users, command.Path)
			}
		}
	}
}

func (p *page) group(name string) *settingGroup {
	i := slices.IndexFunc(p.groups, func(g *settingGroup) bool { return g.name == name })
	if i < 0 {
		p.groups = append(p.groups, &settingGroup{name: name})
		i = len(p.groups) - 1
	}
	return p.groups[i]
}

// String is the page.
func (p *page) String() string {
	var out bytes.Buffer
	out.WriteString(configurationHead)
	for _, s := range sections {
		i := slices.IndexFunc(p.groups, func(g *settingGroup) bool { return g.name == s.group })
		if i < 0 {
			continue
		}
		fmt.Fprintf(&out, "\n## %s\n\n%sUsed by %s.\n\n", s.title, s.words, p.usedBy(p.groups[i].users))
		table(&out, p.groups[i].settings)
	}
	out.WriteString("\n## Commands\n\nEach has the settings of the sections named with it; what is in its table is its own. `--help` and `--version` every one has.\n")
	for _, command := range p.commands {
		p.command(&out, command)
	}
	return out.String()
}

func (p *page) command(out *bytes.Buffer, command cli.Command) {
	usage := command.Path
	for _, argument := range command.Arguments {
		usage += " " + argument.Flag
	}
	fmt.Fprintf(out, "\n### `%s`\n\n%s", usage, command.Help)
	var own []cli.Setting
	var from []string
	for _, setting := range command.Settings {
		title := section(setting.Group).title
		if title == "" {
			own = append(own, setting)
		} else if link := fmt.Sprintf("[%s](#%s)", title, anchor(title)); !slices.Contains(from, link) {
			from = append(from, link)
		}
	}
	if len(from) > 0 {
		fmt.Fprintf(out, " Settings: %s.", strings.Join(from, ", "))
	}
	out.WriteString("\n")
	for _, argument := range command.Arguments {
		fmt.Fprintf(out, "\n`%s`: %s\n", argument.Flag, argument.Help)
	}
	if len(own) > 0 {
		out.WriteString("\n")
		table(out, own)
	}
}

// usedBy names commands, a binary instead of all of its commands.
func (p *page) usedBy(users []string) string {
	var names []string
	for _, binary := range p.binaries {
		var some []string
		for _, command := range binary.Commands {
			if slices.Contains(users, command.Path) {
				some = append(some, "`"+command.Path+"`")
			}
		}
		if len(some) == len(binary.Commands) {
			some = []string{"`" + binary.Name + "`"}
		}
		names = append(names, some...)
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

func table(out *bytes.Buffer, settings []cli.Setting) {
	out.WriteString("| variable | flag | default | what |\n| --- | --- | --- | --- |\n")
	for _, s := range settings {
		var variables []string
		for _, name := range s.Env {
			variables = append(variables, "`"+name+"`")
		}
		what := s.Help
		if s.Secret {
			what += " **Secret.**"
		}
		fmt.Fprintf(out, "| %s | `%s` | %s | %s |\n", strings.Join(variables, ", "), s.Flag, code(s.Default), strings.ReplaceAll(what, "|", `\|`))
	}
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// anchor is what GitHub makes of a heading.
func anchor(title string) string {
	return strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(title, ",", "")), " ", "-")
}

func TestConfigurationPageNamesEverySettingOnce(t *testing.T) {
	binary := cli.Description{Name: "b", Commands: []cli.Command{
		{Path: "b one", Help: "First.", Settings: []cli.Setting{{Group: "cli.API", Flag: "--a", Env: []string{"A"}, Default: "1", Help: "x|y"}, {Group: "main.one", Flag: "--o", Help: "Own."}}},
		{Path: "b two", Help: "Second.", Arguments: []cli.Setting{{Flag: "<file>", Help: "Which."}}, Settings: []cli.Setting{{Group: "cli.API", Flag: "--a", Env: []string{"A"}, Default: "1", Help: "x|y", Secret: true}}},
	}}
	var p page
	p.add(binary)
	text := p.String()
	for want, times := range map[string]int{
		"| `A` | `--a` | `1` | x\\|y |\n":  1,
		"|  | `--o` |  | Own. |\n":         1,
		"Used by `b`.":                     1,
		"### `b two <file>`\n\nSecond. Se": 1, "`<file>`: Which.": 1,
		"[The bookings API](#the-bookings-api)": 2,
	} {
		if strings.Count(text, want) != times {
			t.Errorf("%q stands there %d times, expected %d:\n%s", want, strings.Count(text, want), times, text[len(configurationHead):])
		}
	}
}
