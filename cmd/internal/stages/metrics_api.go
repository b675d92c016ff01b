package stages

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/budget"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/upstream"
)

// noAnswer is the code of a request that got none.
const noAnswer = "error"

// ClientMetrics are the requests to the API.
func ClientMetrics(client *upstream.Client) prometheus.Collector {
	requests := newDesc("api_requests_total", "Requests to the API by what they were for and the HTTP status of the answer, error when there was none.", "resource", "code")
	durations := newDesc("api_request_duration_seconds", "How long requests took, from sending to the last byte or the failure.", "resource")
	retries := newDesc("api_retries_total", "Requests that repeated one that had failed.")
	return snapshot{[]*prometheus.Desc{requests, durations, retries}, func(out sink) {
		counts := client.Requests()
		for answer, n := range counts.Answers {
			code := noAnswer
			if answer.Status > 0 {
				code = strconv.Itoa(answer.Status)
			}
			out.counter(requests, float64(n), answer.Resource, code)
		}
		for resource, taken := range counts.Durations {
			out.histogram(durations, taken, resource)
		}
		out.counter(retries, float64(counts.Retries))
	}}
}

// ResourceMetrics are where related resources came from.
func ResourceMetrics(resources *resource.Cache) prometheus.Collector {
	hits := newDesc("cache_hits_total", "Related resources that were not asked for: in this process's cache, in the fleet's, or asked for by another at the same moment.", "resource", "source")
	misses := newDesc("cache_misses_total", "Related resources that the API was asked for.", "resource")
	absent := newDesc("resources_absent_total", "Related resources that were wanted and not to be had.", "resource")
	return snapshot{[]*prometheus.Desc{hits, misses, absent}, func(out sink) {
		for kind, counts := range resources.Counts() {
			out.counter(hits, float64(counts.Process), kind, "process")
			out.counter(hits, float64(counts.Shared), kind, "fleet")
			out.counter(hits, float64(counts.Waited), kind, "waited")
			out.counter(misses, float64(counts.API), kind)
			out.counter(absent, float64(counts.Absent), kind)
		}
	}}
}

// FleetMetrics are the process's share of the API's budget.
func FleetMetrics(governor *budget.Governor) prometheus.Collector {
	members := newDesc("fleet_members", "Processes that share the API's budget, as this one sees them.")
	rate := newDesc("api_share_requests_per_second", "This process's share of API_RPS; 0 without a limit.", "lane")
	places := newDesc("api_share_concurrency", "This process's share of API_CONCURRENCY.", "lane")
	brake := newDesc("api_brake", "How much of its share the process uses since the API complained of too many requests: 1 is all.")
	return snapshot{[]*prometheus.Desc{members, rate, places, brake}, func(out sink) {
		state := governor.State()
		out.gauge(members, float64(state.Members))
		out.gauge(brake, state.Brake)
		for _, lane := range queue.Lanes() {
			out.gauge(rate, state.Shares[lane].Rate, string(lane))
			out.gauge(places, float64(state.Shares[lane].Concurrency), string(lane))
		}
	}}
}
