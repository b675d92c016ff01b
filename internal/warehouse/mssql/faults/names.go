package faults

import (
	"regexp"
	"strings"
	"unicode"
)

// Names are the names in a message about rows that were refused. Each is empty where the message has none.
type Names struct {
	Table      string // without database and schema
	Column     string
	Constraint string // a constraint or a unique index; for a foreign key or a check (547) the only name that is given
}

// Blame finds the names in the message that decided how err is classified. What stands where differs between the
// languages of the server: English names the object before the index in 2601, Hungarian, Turkish, Korean, Japanese and Chinese
// the index first; German, Dutch and others leave some names without quotes. So a table is known by its schema, and what is
// left is the other name. 8152, which servers before 2019 send in place of 2628, names nothing. 547 names the table on the other
// side of a foreign key, which is not the one to blame: its constraint is to be looked up.
//
// The English texts, from https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors:
//
//	515   Cannot insert the value NULL into column '…', table '…'; column does not allow nulls. INSERT fails.
//	547   The INSERT statement conflicted with the FOREIGN KEY constraint "…". The conflict occurred in database "…", table "…", column '…'.
//	2601  Cannot insert duplicate key row in object '…' with unique index '…'. The duplicate key value is (…).
//	2627  Violation of PRIMARY KEY constraint '…'. Cannot insert duplicate key in object '…'. The duplicate key value is (…).
//	2628  String or binary data would be truncated in table '…', column '…'. Truncated value: '…'.
func Blame(err error) Names {
	failure, ok := serverError(err)
	if !ok {
		return Names{}
	}
	message, _ := telling(failure)
	tokens := quoted(message.Message)
	table, other := tableAndOther(tokens)
	switch message.Number {
	case 515, 2628:
		return Names{Table: table, Column: other}
	case 2601, 2627:
		return Names{Table: table, Constraint: other}
	case 547:
		return Names{Constraint: first(tokens)}
	default:
		return Names{}
	}
}

// Quoted are all names in quotes or brackets in the message that decided how err is classified, in any of the
// languages of SQL Server, in their order. A caller that knows its tables and constraints finds them among these. After the
// names comes the refused value, where the message shows it in quotes (245, 2628).
func Quoted(err error) []string {
	failure, ok := serverError(err)
	if !ok {
		return nil
	}
	message, _ := telling(failure)
	return quoted(message.Message)
}

func first(tokens []string) string {
	if len(tokens) == 0 {
		return ""
	}
	return tokens[0]
}

// qualified is a table of schema dbo, which is where all of ours are, temporary ones included.
var qualified = regexp.MustCompile(`^(?:.+\.)?\[?dbo\]?\.[^.]+$`)

// tableAndOther are the first name with a schema and the first without.
func tableAndOther(tokens []string) (table, other string) {
	for _, token := range tokens {
		switch isTable := qualified.MatchString(token); {
		case isTable && table == "":
			table = lastPart(token)
		case !isTable && other == "":
			other = token
		}
	}
	return table, other
}

// temporary is what the server adds to the name of a #temporary table: underscores up to 116 characters and a number.
var temporary = regexp.MustCompile(`_+[0-9A-Fa-f]{12}$`)

// lastPart is a table's name without database and schema, and without the server's suffix where it is temporary.
func lastPart(name string) string {
	name = strings.Trim(name[strings.LastIndexByte(name, '.')+1:], "[]")
	if strings.HasPrefix(name, "#") {
		return temporary.ReplaceAllString(name, "")
	}
	return name
}

// quotes are the quotes that the translations use, and what ends each.
var quotes = map[rune]string{'\'': "'", '"': `"`, '[': "]", '“': "”", '„': "“”", '‘': "’", '«': "»", '「': "」"}

// quoted returns what stands in quotes.
func quoted(text string) []string {
	runes := []rune(text)
	var tokens []string
	for i := 0; i < len(runes); i++ {
		closing, opens := quotes[runes[i]]
		if !opens || runes[i] == '\'' && i > 0 && isWord(runes[i-1]) {
			continue
		}
		end := closingQuote(runes, i+1, closing)
		if end < 0 {
			continue
		}
		if token := strings.TrimSpace(string(runes[i+1 : end])); token != "" {
			tokens = append(tokens, token)
		}
		i = end
	}
	return tokens
}

// closingQuote is the index of the first of the closing quotes from start on, or -1.
func closingQuote(runes []rune, start int, closing string) int {
	for i := start; i < len(runes); i++ {
		apostrophe := runes[i] == '\'' && i+1 < len(runes) && isWord(runes[i+1])
		if strings.ContainsRune(closing, runes[i]) && !apostrophe {
			return i
		}
	}
	return -1
}

// isWord reports the letters beside which an apostrophe is part of a word, as in French "l'objet". Hangul, Han and Kana
// are not among them: there a quote stands between letters without a space.
func isWord(r rune) bool {
	return unicode.IsDigit(r) || unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek)
}
