package check

import (
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// difference is how what is there differs from what is wanted; nothing wanted is as good as an empty map or list.
func difference(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }
