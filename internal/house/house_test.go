package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module       = "mcis"
	mostFile     = 300 // lines
	mostFunction = 45
	mostMain     = 60
)

// The rooms of the house. Data flows cmd → stages → domain and cmd → adapters → domain.
var (
	domain   = []string{"fault", "queue", "booking", "document", "record", "mapping", "convert", "rows", "warehouse", "health", "checkpoint", "listing", "schedule", "budget", "resource", "deadletter", "archive", "measure", "tracing"}
	stages   = []string{"producer", "enricher", "loader", "verifier", "status", "replay"}
	adapters = []string{"upstream", "stream", "simapi", "warehouse/sqlite", "warehouse/mssql"}
	testing_ = []string{"house", "sharedtest", "goldentest", "oracletest", "propertytest", "binariestest", "benchtest", "soak", "stream/streamtest", "warehouse/warehousetest", "warehouse/mssql/mssqltest", "proxytest", "leaktest", "logtest"}
)

// bannedNames say nothing about what is inside.
var bannedNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "data", "model", "models", "service", "services", "misc"}

// source is one Go file.
type source struct {
	path    string // from the root, with slashes
	file    *ast.File
	fileSet *token.FileSet
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }
func (s source) dir() string  { return path.Dir(s.path) }

func (s source) line(pos token.Pos) int { return s.fileSet.Position(pos).Line }

// sources parses every Go file of the project.
func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var all []source
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		fileSet := token.NewFileSet()
		file, err := parser.ParseFile(fileSet, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		all = append(all, source{filepath.ToSlash(relative), file, fileSet})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const fewest = 50
	if len(all) < fewest {
		t.Fatalf("only %d files were found below %s", len(all), root)
	}
	return all
}

// room is the package that a folder or import path belongs to: "upstream", "warehouse/sqlite", "cmd"; subpackages of an
// adapter (stream/natsserver) count as the adapter, "" is outside the project.
func room(importPath string) string {
	importPath = strings.TrimPrefix(importPath, module+"/")
	if importPath == "cmd" || strings.HasPrefix(importPath, "cmd/") {
		return "cmd"
	}
	inside, isInternal := strings.CutPrefix(importPath, "internal/")
	if !isInternal {
		return ""
	}
	for ; inside != "."; inside = path.Dir(inside) {
		if slices.Contains(slices.Concat(domain, stages, adapters, testing_), inside) {
			return inside
		}
	}
	return "unknown"
}

func TestWhoMayImportWhom(t *testing.T) {
	for _, s := range sources(t) {
		from := room(s.dir())
		if s.isTest() || from == "" || slices.Contains(testing_, from) {
			continue
		}
		if from == "unknown" {
			t.Errorf("%s: its package has no room in the house: name it in house_test.go", s.path)
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(imported, module+"/") && !mayImport(from, room(imported)) {
				t.Errorf("%s imports %s: data flows cmd → stages → domain and cmd → adapters → domain", s.path, imported)
			}
		}
	}
}

func mayImport(from, to string) bool {
	switch {
	case from == to:
		return true
	case from == "cmd":
		return !slices.Contains(testing_, to)
	default: // stages, adapters and the domain see the domain alone
		return slices.Contains(domain, to)
	}
}

func TestPackagesAreDocumentedAndWellNamed(t *testing.T) {
	documented := make(map[string]bool)
	names := make(map[string]string)
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		names[s.dir()] = s.file.Name.Name
		documented[s.dir()] = documented[s.dir()] || s.file.Doc.Text() != ""
	}
	for dir, name := range names {
		if !documented[dir] {
			t.Errorf("%s: package %s has no doc comment", dir, name)
		}
		if slices.Contains(bannedNames, path.Base(dir)) {
			t.Errorf("%s: the name says nothing about what is inside", dir)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		for _, declaration := range s.file.Decls {
			for name, pos := range undocumented(declaration) {
				t.Errorf("%s:%d: %s is exported and has no doc comment", s.path, s.line(pos), name)
			}
		}
	}
}

// undocumented are the exported names of a declaration without a comment.
func undocumented(declaration ast.Decl) map[string]token.Pos {
	missing := make(map[string]token.Pos)
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && !isMethodOfUnexported(d) {
			missing[d.Name.Name] = d.Pos()
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc.Text() == "" && s.Doc.Text() == "" && s.Comment.Text() == "" {
					missing[s.Name.Name] = s.Pos()
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && d.Doc.Text() == "" && s.Doc.Text() == "" && s.Comment.Text() == "" {
					missing[s.Names[0].Name] = s.Pos()
				}
			}
		}
	}
	return missing
}

// isMethodOfUnexported reports methods that only an interface makes visible.
func isMethodOfUnexported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return false
	}
	receiver := d.Recv.List[0].Type
	if star, isPointer := receiver.(*ast.StarExpr); isPointer {
		receiver = star.X
	}
	if index, isGeneric := receiver.(*ast.IndexExpr); isGeneric {
		receiver = index.X
	}
	name, isName := receiver.(*ast.Ident)
	return isName && !name.IsExported()
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		lines := s.fileSet.File(s.file.Pos()).LineCount()
		if lines > mostFile {
			t.Errorf("%s has %d lines, at most %d", s.path, lines, mostFile)
		}
		if path.Base(s.path) == "main.go" && s.dir() == "cmd/mcis" && lines > mostMain {
			t.Errorf("%s has %d lines, at most %d: main only parses, wires and runs", s.path, lines, mostMain)
		}
		for _, declaration := range s.file.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction || function.Body == nil {
				continue
			}
			if length := s.line(function.End()) - s.line(function.Pos()) + 1; length > mostFunction {
				t.Errorf("%s:%d: %s has %d lines, at most %d", s.path, s.line(function.Pos()), function.Name.Name, length, mostFunction)
			}
		}
	}
}

// loggingIn are the packages with logins: who gives one of them a password or a secret logs in.
var loggingIn = []string{"upstream", "stream", "stream/natsserver", "warehouse/mssql/connect"}

// TestLogsAreLookedAtForSecrets: in every package whose tests log in somewhere, all that they log is looked at for what they log in with.
func TestLogsAreLookedAtForSecrets(t *testing.T) {
	logsIn, looks, around := make(map[string]string), make(map[string]bool), make(map[string]bool)
	logs, sqlServer := make(map[string]bool), make(map[string]string)
	for _, s := range sources(t) {
		if !s.isTest() || s.dir() == "internal/leaktest" {
			continue
		}
		if s.logsIn() {
			logsIn[s.dir()] = s.path
		}
		if s.imports("warehouse/mssql/mssqltest") != "" {
			sqlServer[s.dir()] = s.path
		}
		planted := s.imports("leaktest") != ""
		logs[s.dir()] = logs[s.dir()] || planted || slices.ContainsFunc(s.file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"log/slog"` })
		looks[s.dir()] = looks[s.dir()] || s.looks() || s.imports("stream/streamtest") != ""
		for _, declaration := range s.file.Decls {
			if function, isFunction := declaration.(*ast.FuncDecl); isFunction && function.Name.Name == "TestMain" {
				around[s.dir()] = calls(function, "Around")
			}
		}
	}
	for dir, path := range sqlServer { // with a login from the environment; most of them have no log that could tell it
		if logs[dir] {
			logsIn[dir] = path
		}
	}
	const fewest = 15
	if len(logsIn) < fewest {
		t.Errorf("only %d packages log in: %v", len(logsIn), logsIn)
	}
	for dir, path := range logsIn {
		if !around[dir] {
			t.Errorf("%s: %s logs in, and TestMain does not run the tests by Around of a leaktest.Watch", dir, path)
		}
		if !looks[dir] {
			t.Errorf("%s: %s logs in, and no log is looked at by a leaktest.Watch", dir, path)
		}
	}
}

// imports is the name by which a file knows a package of ours, "" if it does not.
func (s source) imports(inside string) string {
	for _, spec := range s.file.Imports {
		if spec.Path.Value != strconv.Quote(module+"/internal/"+inside) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(inside)
	}
	return ""
}

// logsIn reports whether a file has a server or a client with a password or a secret.
func (s source) logsIn() (found bool) {
	if s.imports("stream/streamtest") != "" { // all its servers have one
		return true
	}
	types := make(map[string]bool) // packages by the name that they have here; "" is the file's own
	for _, inside := range loggingIn {
		if name := s.imports(inside); name != "" {
			types[name] = true
		}
		types[""] = types[""] || s.dir() == "internal/"+inside
	}
	ast.Inspect(s.file, func(node ast.Node) bool {
		literal, isLiteral := node.(*ast.CompositeLit)
		if isLiteral && types[packageOf(literal.Type)] {
			found = found || slices.ContainsFunc(literal.Elts, isSecret)
		}
		return !found
	})
	return found
}

// packageOf is the name of the package that a type is of, "" for one of the file's own.
func packageOf(named ast.Expr) string {
	if selector, isSelector := named.(*ast.SelectorExpr); isSelector {
		if name, isName := selector.X.(*ast.Ident); isName {
			return name.Name
		}
	}
	return ""
}

// isSecret reports a field of a literal with a password or a secret.
func isSecret(element ast.Expr) bool {
	field, isField := element.(*ast.KeyValueExpr)
	if !isField {
		return false
	}
	name, isName := field.Key.(*ast.Ident)
	return isName && (name.Name == "Password" || name.Name == "Secret")
}

// looks reports whether something is looked at by the package's watch.
func (s source) looks() (found bool) {
	ast.Inspect(s.file, func(node ast.Node) bool {
		if selector, isSelector := node.(*ast.SelectorExpr); isSelector && slices.Contains([]string{"Logger", "Writer", "Look"}, selector.Sel.Name) {
			switch x := selector.X.(type) {
			case *ast.Ident:
				found = found || x.Name == "leaks"
			case *ast.CallExpr: // leaktest.Planted().Logger
				found = found || packageOf(x.Fun) == "leaktest"
			}
		}
		return !found
	})
	return found
}

// calls reports whether a method of that name is called in a function.
func calls(function *ast.FuncDecl, method string) (found bool) {
	ast.Inspect(function, func(node ast.Node) bool {
		selector, isSelector := node.(*ast.SelectorExpr)
		found = found || isSelector && selector.Sel.Name == method
		return !found
	})
	return found
}

func TestNothingSpeaksOfAnotherMachine(t *testing.T) {
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if strings.Contains(group.Text(), "/"+"work/") || strings.Contains(group.Text(), "/"+"root/") {
				t.Errorf("%s:%d: a path of one machine", s.path, s.line(group.Pos()))
			}
		}
	}
}
