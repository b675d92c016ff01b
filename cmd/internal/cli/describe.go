package cli

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// printSettings is an argument of every binary, in no --help: it prints a [Description] as JSON, of which a test makes
// docs/configuration.md.
const printSettings = "--print-settings"

// Description is what a binary can be told, as its grammar says.
type Description struct {
	Name, Help string
	Commands   []Command // the binary itself, when it has none
}

// Command is one of a binary's commands.
type Command struct {
	Path      string // "producer backfill"
	Help      string
	Arguments []Setting // those that are no flags
	Settings  []Setting
}

// Setting is a flag, or an argument.
type Setting struct {
	Group   string // the struct that it is a field of: "cli.API"
	Flag    string // "--secret", or "<file>" of an argument
	Env     []string
	Default string
	Help    string
	Secret  bool
}

// describe writes the description of a parser's grammar.
func describe(out io.Writer, parser *kong.Kong, grammar any) error {
	groups := make(map[uintptr]string)
	groupsOf(reflect.ValueOf(grammar).Elem(), groups)
	d := Description{Name: parser.Model.Name, Help: parser.Model.Help}
	leaves := parser.Model.Leaves(true)
	if len(leaves) == 0 {
		leaves = []*kong.Node{parser.Model.Node}
	}
	for _, node := range leaves {
		d.Commands = append(d.Commands, commandOf(node, parser.Model.Name, groups))
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

func commandOf(node *kong.Node, binary string, groups map[uintptr]string) Command {
	c := Command{Path: strings.TrimSpace(binary + " " + node.Path()), Help: node.Help}
	for _, argument := range node.Positional {
		c.Arguments = append(c.Arguments, settingOf(argument, argument.ShortSummary(), groups))
	}
	for _, level := range node.AllFlags(true) {
		for _, flag := range level {
			if _, isOurs := groups[flag.Target.Addr().Pointer()]; isOurs {
				c.Settings = append(c.Settings, settingOf(flag.Value, flag.ShortSummary(), groups))
			}
		}
	}
	return c
}

func settingOf(value *kong.Value, written string, groups map[uintptr]string) Setting {
	_, isSecret := value.Target.Interface().(Secret)
	return Setting{
		Group: groups[value.Target.Addr().Pointer()], Flag: written, Env: value.Tag.Envs, Default: value.Default,
		Help: value.Help, Secret: isSecret,
	}
}

// groupsOf notes for every field of a grammar, by its address, the struct that it is in.
func groupsOf(v reflect.Value, groups map[uintptr]string) {
	for i := range v.NumField() {
		field, tag := v.Field(i), v.Type().Field(i).Tag
		_, isEmbedded := tag.Lookup("embed")
		_, isCommand := tag.Lookup("cmd")
		if isEmbedded || isCommand {
			groupsOf(field, groups)
		} else {
			groups[field.Addr().Pointer()] = v.Type().String()
		}
	}
}
