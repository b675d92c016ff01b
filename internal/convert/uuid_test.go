package convert_test

import (
	"testing"

	"mcis/internal/convert"
)

func TestUUIDs(t *testing.T) {
	const want = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"
	check(t, uuidType, []conversion{
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef0123456789"`, want: want},
		{raw: `"0A1B2C3D-4E5F-6789-ABCD-EF0123456789"`, want: want},
		{raw: `"{0a1B2c3D-4e5f-6789-aBcd-ef0123456789}"`, want: want},
		{raw: `"\u0030a1b2c3d-4e5f-6789-abcd-ef0123456789"`, want: want},
		{raw: `"00000000-0000-0000-0000-000000000000"`, want: "00000000-0000-0000-0000-000000000000"},
		{raw: `"0a1b2c3d4e5f6789abcdef0123456789"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef012345678"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef01234567890"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3-d4e5f-6789-abcd-ef0123456789"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd+ef0123456789"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef012345678g"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef012345678G"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef012345678-"`, reason: convert.NotUUID},
		{raw: `"0a1b2c3d-4e5f-6789-abcd-ef012345678@"`, reason: convert.NotUUID},
		{raw: "\"0a1b2c3d-4e5f-6789-abcd-ef012345678`\"", reason: convert.NotUUID},
		{raw: `"{0a1b2c3d-4e5f-6789-abcd-ef0123456789"`, reason: convert.NotUUID},
		{raw: `"{0a1b2c3d-4e5f-6789-abcd-ef0123456789)"`, reason: convert.NotUUID},
		{raw: `"(0a1b2c3d-4e5f-6789-abcd-ef0123456789)"`, reason: convert.NotUUID},
		{raw: `"urn:uuid:0a1b2c3d-4e5f-6789-abcd-ef0123456789"`, reason: convert.NotUUID},
		{raw: `" 0a1b2c3d-4e5f-6789-abcd-ef0123456789"`, reason: convert.NotUUID},
		{raw: `123456789012345678901234567890123456`, reason: convert.NotUUID}, // as long as a uuid
		{raw: `12345678`, reason: convert.NotUUID},
		{raw: `true`, reason: convert.NotUUID},
	})
}
