package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts requests by route. Its labels are patterns, never addresses.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
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
	site := q.site.Kind.String()
	m.requests.WithLabelValues(site, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(site, route).Observe(took.Seconds())
}
