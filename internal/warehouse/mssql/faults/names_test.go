package faults_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	mssql "github.com/microsoft/go-mssqldb"
	"pgregory.net/rapid"

	"mcis/internal/fault"
	"mcis/internal/warehouse/mssql/faults"
)

// The texts are those of SQL Server in its languages, with names of ours in the places of theirs.
func TestNamesInMessages(t *testing.T) {
	tests := []struct {
		name, text string
		number     int32
		want       faults.Names
	}{
		{"foreign key", `The INSERT statement conflicted with the FOREIGN KEY constraint "FK_Booking_Customer". The conflict occurred in database "mcis", table "dbo.Customer", column 'customer_id'.`, 547,
			faults.Names{Constraint: "FK_Booking_Customer"}},
		{"primary key", "Violation of PRIMARY KEY constraint 'PK_Booking'. Cannot insert duplicate key in object 'dbo.Booking'. The duplicate key value is (7).", 2627,
			faults.Names{Table: "Booking", Constraint: "PK_Booking"}},
		{"a constraint's name with a schema in it", "Violation of PRIMARY KEY constraint 'PK_dbo.Booking'. Cannot insert duplicate key in object 'dbo.Booking'. The duplicate key value is (7).", 2627,
			faults.Names{Table: "Booking", Constraint: "PK_dbo.Booking"}},
		{"unique index", "Cannot insert duplicate key row in object 'dbo.Booking' with unique index 'UX_code'. The duplicate key value is (O'Brien).", 2601,
			faults.Names{Table: "Booking", Constraint: "UX_code"}},
		{"null", "Cannot insert the value NULL into column 'name', table 'mcis.dbo.Company'; column does not allow nulls. INSERT fails.", 515,
			faults.Names{Table: "Company", Column: "name"}},
		{"length", "String or binary data would be truncated in table 'mcis.dbo.Company', column 'name'. Truncated value: 'it's 'too' long, dbo.x'.", 2628,
			faults.Names{Table: "Company", Column: "name"}},
		{"length in a staging table", "String or binary data would be truncated in table 'tempdb.dbo.#rows_Company_______________________________________00000000001A', column 'name'. Truncated value: 'x'.", 2628,
			faults.Names{Table: "#rows_Company", Column: "name"}},
		{"length before 2019", "String or binary data would be truncated.", 8152, faults.Names{}},
		{"German, the object without quotes", `Verletzung der PRIMARY KEY-Einschränkung "PK_Booking". Ein doppelter Schlüssel kann in das dbo.Booking-Objekt nicht eingefügt werden. Der doppelte Schlüsselwert ist (7).`, 2627,
			faults.Names{Constraint: "PK_Booking"}},
		{"French, with apostrophes", "Impossible d'insérer une ligne de clé en double dans l'objet « dbo.Booking » avec un index unique « UX_code ». Valeur de clé dupliquée : (7).", 2601,
			faults.Names{Table: "Booking", Constraint: "UX_code"}},
		{"Italian", "Violazione del vincolo PRIMARY KEY 'PK_Booking'. Non è possibile inserire la chiave duplicata nell'oggetto 'dbo.Booking'. Valore della chiave duplicata: (7).", 2627,
			faults.Names{Table: "Booking", Constraint: "PK_Booking"}},
		{"Hungarian, the index first", "Nem szúrható be duplikált kulcssor az egyedi „UX_code” indexszel rendelkező „dbo.Booking” objektumba. A duplikált kulcsérték (7).", 2601,
			faults.Names{Table: "Booking", Constraint: "UX_code"}},
		{"Russian", `Нарушено "PK_Booking" ограничения PRIMARY KEY. Не удается вставить повторяющийся ключ в объект "dbo.Booking". Повторяющееся значение ключа: (7).`, 2627,
			faults.Names{Table: "Booking", Constraint: "PK_Booking"}},
		{"Korean, no space after the quote", "고유 인덱스 'UX_code'을(를) 포함하는 개체 'dbo.Booking'에 중복 키 행을 삽입할 수 없습니다. 중복 키 값은 (7)입니다.", 2601,
			faults.Names{Table: "Booking", Constraint: "UX_code"}},
		{"Japanese", "制約 'PK_Booking' の PRIMARY KEY 違反。オブジェクト 'dbo.Booking' には重複するキーを挿入できません。重複するキーの値は (7) です。", 2627,
			faults.Names{Table: "Booking", Constraint: "PK_Booking"}},
		{"Chinese, the index first", "不能在具有唯一索引“UX_code”的对象“dbo.Booking”中插入重复键的行。重复键值为 (7)。", 2601,
			faults.Names{Table: "Booking", Constraint: "UX_code"}},
		{"another number", "Divide by zero error encountered in 'dbo.Booking'.", 8134, faults.Names{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			failure := mssql.Error{Number: 3621, Message: "The statement has been terminated.", All: []mssql.Error{
				{Number: test.number, Class: 16, Message: test.text}, {Number: 3621, Message: "The statement has been terminated."},
			}}
			if diff := cmp.Diff(test.want, faults.Blame(failure)); diff != "" {
				t.Error(diff)
			}
			permanent := fault.AsPermanent(faults.Classify(failure))
			if permanent == nil || permanent.Class != fault.ClassConstraint {
				t.Fatalf("classified as %v", permanent)
			}
			if strings.HasPrefix(permanent.Table, "#") {
				t.Errorf("blames the staging table %s", permanent.Table)
			}
			if permanent.Column != test.want.Column {
				t.Errorf("blames the column %q, expected %q", permanent.Column, test.want.Column)
			}
		})
	}
}

func TestQuotedNames(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`The conflict occurred in database "mcis", table "dbo.Customer", column 'customer_id'.`, []string{"mcis", "dbo.Customer", "customer_id"}},
		{"DELETE [dbo].[Booking] of 'x'", []string{"dbo", "Booking", "x"}},
		{"« un nom » et “un autre” et „noch“ ‘one’ 「名」", []string{"un nom", "un autre", "noch", "one", "名"}},
		{"l'objet n'est pas", nil},
		{"an open 'quote", nil},
		{"'' and \" \"", nil},
		{"", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, faults.Quoted(mssql.Error{Number: 547, Message: test.text})); diff != "" {
			t.Errorf("%s:\n%s", test.text, diff)
		}
	}
	if faults.Quoted(errNoServer) != nil || faults.Blame(errNoServer) != (faults.Names{}) || faults.Is(errNoServer, 547) {
		t.Error("names without a message of a server")
	}
}

var errNoServer = mssql.StreamError{InnerError: mssql.StreamError{InnerError: lost["end of file"]}}

// Whatever the names are, as long as they are names, they are found.
func TestAnyNameIsFound(t *testing.T) {
	name := rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_ ]{0,20}[A-Za-z0-9_]`)
	rapid.Check(t, func(t *rapid.T) {
		table, column, value := name.Draw(t, "table"), name.Draw(t, "column"), rapid.String().Draw(t, "value")
		text := "String or binary data would be truncated in table 'mcis.dbo." + table + "', column '" + column + "'. Truncated value: '" + value + "'."
		want := faults.Names{Table: table, Column: column}
		if got := faults.Blame(mssql.Error{Number: 2628, Message: text}); got != want {
			t.Errorf("%+v, expected %+v", got, want)
		}
	})
}

func FuzzQuoted(f *testing.F) {
	f.Add("Violation of PRIMARY KEY constraint 'PK_Booking'.")
	f.Add("dans l'objet « dbo.Booking » «")
	f.Fuzz(func(t *testing.T, text string) {
		for _, token := range faults.Quoted(mssql.Error{Number: 2627, Message: text}) {
			if token == "" || strings.TrimSpace(token) != token || !strings.Contains(strings.ToValidUTF8(text, "�"), strings.ToValidUTF8(token, "�")) && strings.ToValidUTF8(text, "") == text {
				t.Errorf("%q is not quoted in %q", token, text)
			}
		}
	})
}
