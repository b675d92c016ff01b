package encode_test

import (
	"testing"

	mssqldb "github.com/microsoft/go-mssqldb"

	"mcis/internal/warehouse/mssql/schema"
)

func TestUUIDs(t *testing.T) {
	const text = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"
	id := mssqldb.UniqueIdentifier{0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89}
	check(t, plain("uniqueidentifier"), uuidType, []fitting{{value: text, want: text, wire: id}})
	for _, actual := range []schema.Type{sized("nvarchar", 36), sized("varchar", 36), sized("varchar", schema.Max), sized("char", 36)} {
		check(t, actual, uuidType, []fitting{{value: text, want: text}})
	}
	check(t, sized("nchar", 40), uuidType, []fitting{{value: text, want: text, wire: text + "    "}})
}

// Only fitted values may be sent: anything else must not become some other uuid.
func TestWhatIsNoUUIDIsNotSent(t *testing.T) {
	for _, text := range []string{"", "x", "0a1b2c3d-4e5f-6789-abcd-ef012345678", "0a1b2c3d-4e5f-6789-abcd-ef012345678x"} {
		if wire, err := encoder(t, plain("uniqueidentifier"), uuidType).Wire(text); err == nil {
			t.Errorf("%q became %v", text, wire)
		}
	}
}
