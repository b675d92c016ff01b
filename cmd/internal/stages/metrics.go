package stages

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/budget"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/upstream"
)

// snapshot is a collector of counts that somebody else keeps: they are read when they are asked for.
type snapshot struct {
	descs   []*prometheus.Desc
	collect func(add func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string))
}

// Describe names the metrics.
func (s snapshot) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range s.descs {
		out <- desc
	}
}

// Collect reads them.
func (s snapshot) Collect(out chan<- prometheus.Metric) {
	s.collect(func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	})
}

// ClientMetrics are the requests to the API.
func ClientMetrics(client *upstream.Client) prometheus.Collector {
	requests := prometheus.NewDesc("mcis_api_requests_total", "Requests sent to the API, by what they are for.", []string{"resource"}, nil)
	answers := prometheus.NewDesc("mcis_api_responses_total", "Answers of the API by HTTP status.", []string{"code"}, nil)
	retries := prometheus.NewDesc("mcis_api_retries_total", "Requests that repeated one that had failed.", nil, nil)
	failures := prometheus.NewDesc("mcis_api_failures_total", "Requests that got no answer.", nil, nil)
	return snapshot{[]*prometheus.Desc{requests, answers, retries, failures}, func(add func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
		counts := client.Requests()
		add(requests, prometheus.CounterValue, float64(counts.Logins), "login")
		add(requests, prometheus.CounterValue, float64(counts.ListPages), "list")
		add(requests, prometheus.CounterValue, float64(counts.Resources), "related")
		for status, n := range counts.Statuses {
			add(answers, prometheus.CounterValue, float64(n), strconv.Itoa(status))
		}
		add(retries, prometheus.CounterValue, float64(counts.Retries))
		add(failures, prometheus.CounterValue, float64(counts.Failures))
	}}
}

// ResourceMetrics are where related resources came from.
func ResourceMetrics(resources *resource.Cache) prometheus.Collector {
	labels := []string{"resource", "source"}
	hits := prometheus.NewDesc("mcis_cache_hits_total", "Related resources that were not asked for: in this process's cache, in the fleet's, or asked for by another at the same moment.", labels, nil)
	misses := prometheus.NewDesc("mcis_cache_misses_total", "Related resources that the API was asked for.", labels[:1], nil)
	absent := prometheus.NewDesc("mcis_resources_absent_total", "Related resources that were wanted and not to be had.", labels[:1], nil)
	return snapshot{[]*prometheus.Desc{hits, misses, absent}, func(add func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
		for kind, counts := range resources.Counts() {
			add(hits, prometheus.CounterValue, float64(counts.Process), kind, "process")
			add(hits, prometheus.CounterValue, float64(counts.Shared), kind, "fleet")
			add(hits, prometheus.CounterValue, float64(counts.Waited), kind, "waited")
			add(misses, prometheus.CounterValue, float64(counts.API), kind)
			add(absent, prometheus.CounterValue, float64(counts.Absent), kind)
		}
	}}
}

// FleetMetrics are the process's share of the API's budget.
func FleetMetrics(governor *budget.Governor) prometheus.Collector {
	members := prometheus.NewDesc("mcis_fleet_members", "Processes that share the API's budget, as this one sees them.", nil, nil)
	rate := prometheus.NewDesc("mcis_api_share_requests_per_second", "This process's share of API_RPS; 0 without a limit.", []string{"lane"}, nil)
	places := prometheus.NewDesc("mcis_api_share_concurrency", "This process's share of API_CONCURRENCY.", []string{"lane"}, nil)
	brake := prometheus.NewDesc("mcis_api_brake", "How much of its share the process uses since the API complained of too many requests: 1 is all.", nil, nil)
	return snapshot{[]*prometheus.Desc{members, rate, places, brake}, func(add func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
		state := governor.State()
		add(members, prometheus.GaugeValue, float64(state.Members))
		add(brake, prometheus.GaugeValue, state.Brake)
		for _, lane := range queue.Lanes() {
			add(rate, prometheus.GaugeValue, state.Shares[lane].Rate, string(lane))
			add(places, prometheus.GaugeValue, float64(state.Shares[lane].Concurrency), string(lane))
		}
	}}
}
