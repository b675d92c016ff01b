// Package soak tortures the whole line for a while and then compares what came of it with the source. There is nothing in it to import:
//
//	make soak LENGTH=10m SEED=1
//
// The binaries run as processes, with a NATS server that is one too, against a simulated API that changes all the while and
// fails a tenth of what is asked of it. A supervisor kills a process every few hundred milliseconds, pauses others, cuts, stalls and slows their
// connections, fills streams, lets tokens expire and locks the database. Then all of it ends, the line runs until it is quiet, and every
// table is compared, cell by cell, with what the source says: no row may be missing, other or too many, and every booking that
// is not loaded must be a dead letter because it cannot be loaded.
//
// What is drawn at random follows from the seed, which is printed; what the processes make of it does not. `go test` runs a few seconds of it.
package soak
