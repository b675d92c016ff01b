package archive

import "bytes"

// FileOf is a file in memory.
func FileOf(data []byte) (*File, error) {
	return newFile("file", bytes.NewReader(data), int64(len(data)))
}

// MostNewest is how many bookings are looked for at once.
const MostNewest = mostNewest
