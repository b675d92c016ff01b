// Package upstream is the client of the bookings API: it lists bookings by pages and fetches related resources.
//
// What the API is known to do decides the shape of the package:
//
//   - The list is a GET with a JSON body, and every page needs that body again. 301, 302 and 303 make clients drop
//     it, so they are errors here and never followed.
//   - A token expires at an unknown moment, and hundreds of requests learn so at once: exactly one of them logs in,
//     the others go on with its token (session.go).
//   - Limits are not published. Requests are bounded in number and rate, evenly spaced so that a server that counts by the
//     second sees no more than it is told (gate.go, turn.go); a 429 or 503 halves both (brake.go), and its Retry-After holds
//     back every request of the client, not just the one that met it (pause.go).
//   - It is slow, and a backfill wants all of it for days: a client has a lane for each queue of bookings, and each lane is
//     sure of its share (lane.go). What the shares are, the fleet decides (package budget); a client that nobody tells has
//     the configured limits for itself.
//   - Links are absolute and come with the documents, so a document could name any host: only the API's own origin
//     is ever asked, because the token travels with each request (origin.go).
//
// Errors say what they mean for the caller by the classes of package fault. Neither they nor the log ever hold the
// subject, the secret, a token, or a URL's userinfo or query.
package upstream
