// Package simapi is a simulated bookings API: an importable HTTP server that answers as the real one was
// observed to, with as many invented bookings as asked for and with any share of faults.
//
// Nothing is stored but what was changed: every resource is a pure function of seed, kind, number and revision, so
// 50,000 bookings cost no memory and two servers with the same [Config] answer alike. [Server.Booking] and
// [Server.Resource] give the truth without HTTP and without faults, for tests that compare what was loaded with it.
//
// The files, by what they hold: config, server, login, query, list, collection, selection, invented, captures, respond, faults,
// defect, stats, state, mutate and truth are the server; kinds, world, picks, tables, compose, value, times, hash,
// encode, text, words and lookups are the generator; those that end in fields are tables of fields, one for each shape
// of a kind of resource.
package simapi
