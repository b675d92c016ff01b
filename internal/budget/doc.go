// Package budget shares the API's limits out among all processes that ask it, so that a fleet behaves like one careful
// client, whatever joins or dies.
//
// There is no coordinator. Every process keeps an entry in a place that all of them see (a [Presence]): what it wants in each
// lane, how far it has slowed down (its brake), what is left of a pause that the API asked it for. From the same entries every
// process computes the same shares (divide.go) and keeps to its own. What holds:
//
//   - The shares never add up to more than the limits. The limits are the smallest that any member was given who is counted.
//   - Members that want more than there is get equal shares; what one does not want, the others get. When both lanes want
//     more, [queue.Sync] is sure of Limits.SyncShare of everything and [queue.Backfill] of the rest, and neither gets nothing.
//   - An idle member keeps a little, so that its first request need not wait; that it wants more is told at once.
//   - A share that shrinks is obeyed at once. One that grows is taken when every other member that is alive was heard after it was
//     due (growth.go): then all have heard what makes it grow, and keep to less. So no two count on the same part, however
//     their views differ for a moment, as long as an announcement takes less than Config.Settle. Who announces himself but
//     knows that he misses what others say, says so, and is waited for. Requests in flight are not called back: slow ones may
//     overlap with others' in number, never in rate.
//   - A newcomer trickles, with one request at a time and a hundredth of the rate on top of the limits, and says nothing of what
//     it wants until it was visible for two beats. When it finds itself alone it takes everything after Config.Settle.
//   - A member that is silent for Config.Expiry is dead, by the clock of whoever listens, since it was last heard. No entry
//     holds a time, only durations, so clocks that differ do not matter. What was found on arrival counts as a member, but
//     neither brakes nor pauses anybody before it is renewed: its process may have died long ago.
//   - A 429 or 503 slows everybody to the pace of the slowest, and a pause holds everybody. Both are announced at once.
//   - With more hungry members than Limits.Concurrency, places go round: every few beats others have them, each as often as any
//     other, and who has none sends nothing meanwhile. So there are never more in flight than that, and the rate is shared by
//     those who have places.
//   - While the presence is away, nobody dies of that and shares stay as they are. A process that has not seen its own entry for
//     Config.Expiry, less half a beat, will be dead to the others, who then share out what it had: from then on it keeps
//     to a tenth of that, and says so if it can, until it has heard itself say otherwise; nobody waits for it meanwhile. It is the
//     most by which a fleet of which a part is cut off exceeds its budget.
//   - An entry that cannot be read, as another version's, is ignored: its process is not counted, and the log says so once.
package budget
