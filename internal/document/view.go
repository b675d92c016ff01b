package document

import "unsafe"

// viewText is the same memory as a string. Nodes and names are parts of what their document was read from: copies of
// them would be as large as the bookings and details themselves. It is why data that was parsed must not be changed.
func viewText(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// viewBytes is the same memory as bytes, which must not be changed.
func viewBytes(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }
