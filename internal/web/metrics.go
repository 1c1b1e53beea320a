package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts requests by route. Its labels are patterns, never addresses.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec

	known sync.Map // answered → measures: as many as routes have statuses
}

// answered is what requests are counted by.
type answered struct {
	site, route string
	status      int
}

type measures struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

func (m *Metrics) of(a answered) measures {
	if x, ok := m.known.Load(a); ok {
		return x.(measures)
	}
	x := measures{m.requests.WithLabelValues(a.site, a.route, strconv.Itoa(a.status)), m.duration.WithLabelValues(a.site, a.route)}
	m.known.Store(a, x)
	return x
}

// NewMetrics registers the counters of requests in reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "leitportal_requests_total", Help: "Requests answered, by site, route and status.",
		}, []string{"site", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "leitportal_request_seconds", Help: "Time to answer, by site and route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"site", "route"}),
	}
	reg.MustRegister(m.requests, m.duration)
	return m
}

func (m *Metrics) observe(q *request, method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	route := q.pattern
	if route == "" {
		route = "none"
		if method != http.MethodGet && method != http.MethodPost && method != http.MethodHead {
			route = "none, other method"
		}
	}
	x := m.of(answered{q.site.Kind.String(), route, status})
	x.requests.Inc()
	x.duration.Observe(took.Seconds())
}
