package faults_test

import (
	"fmt"
	"strings"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/fault"
	"mcis/internal/warehouse/mssql/faults"
)

// TestNoValueOfARowIsShown: neither in English nor in German, nor where the value has quotes and parentheses of its own.
func TestNoValueOfARowIsShown(t *testing.T) {
	for _, value := range []string{"Secretive Name", "O'Neil (née Secretive) \"x\"", "Secretive\nName"} {
		for _, message := range []struct {
			number int32
			format string
		}{
			{2627, "Violation of PRIMARY KEY constraint 'PK_Rate'. Cannot insert duplicate key in object 'dbo.Rate'. The duplicate key value is (7, %s)."},
			{2601, "Cannot insert duplicate key row in object 'dbo.Rate' with unique index 'IX_name'. The duplicate key value is (%s)."},
			{2627, "Verletzung der PRIMARY KEY-Einschränkung \"PK_Rate\". Ein doppelter Schlüssel kann in das Objekt \"dbo.Rate\" nicht eingefügt werden. Der doppelte Schlüsselwert ist (%s)."},
			{2628, "String or binary data would be truncated in table 'db.dbo.Rate', column 'name'. Truncated value: '%s'."},
			{245, "Conversion failed when converting the nvarchar value '%s' to data type int."},
		} {
			text := fmt.Sprintf(message.format, value)
			err := faults.Classify(mssql.Error{Number: message.number, Class: 16, Message: text, All: []mssql.Error{{Number: message.number, Class: 16, Message: text}}})
			if fault.AsPermanent(err) == nil {
				t.Fatalf("%d is %v, want a permanent error", message.number, err)
			}
			if strings.Contains(err.Error(), "Secretive") {
				t.Errorf("%d shows the value: %v", message.number, err)
			}
			if message.number != 245 && !strings.Contains(err.Error(), "Rate") {
				t.Errorf("%d does not name the table any more: %v", message.number, err)
			}
			if number, ok := faults.Number(err); !ok || number != message.number {
				t.Errorf("the number %d is lost: %v", message.number, err)
			}
		}
	}
}
