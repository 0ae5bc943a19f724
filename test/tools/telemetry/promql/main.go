// Evaluates queries over scraped series with the engine of Prometheus: JSON in, JSON out.
package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

type point struct {
	at    int64
	value float64
}

func (p point) T() int64                      { return p.at }
func (p point) F() float64                    { return p.value }
func (p point) H() *histogram.Histogram       { return nil }
func (p point) FH() *histogram.FloatHistogram { return nil }
func (p point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample           { return p }

type scraped []storage.Series

func (s scraped) Querier(_, _ int64) (storage.Querier, error) { return s, nil }
func (s scraped) Close() error                                { return nil }

func (s scraped) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found := &set{at: -1}
	for _, series := range s {
		fits := true
		for _, matcher := range matchers {
			fits = fits && matcher.Matches(series.Labels().Get(matcher.Name))
		}
		if fits {
			found.series = append(found.series, series)
		}
	}
	return found
}

func (s scraped) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (s scraped) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

type set struct {
	series []storage.Series
	at     int
}

func (s *set) Next() bool                        { s.at++; return s.at < len(s.series) }
func (s *set) At() storage.Series                { return s.series[s.at] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

type input struct {
	AtMs   int64 `json:"atMs"`
	Series []struct {
		Labels map[string]string `json:"labels"`
		Points [][2]float64      `json:"points"`
	} `json:"series"`
	Queries []string `json:"queries"`
}

type sample struct {
	Labels map[string]string `json:"labels"`
	// As text, since JSON has no NaN.
	Value string `json:"value"`
}

type answer struct {
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings"`
	Samples  []sample `json:"samples"`
}

func main() {
	var asked input
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	var all scraped
	for _, series := range asked.Series {
		points := []chunks.Sample{}
		for _, each := range series.Points {
			points = append(points, point{int64(each[0]), each[1]})
		}
		all = append(all, storage.NewListSeries(labels.FromMap(series.Labels), points))
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: 10 * time.Second})
	answers := []answer{}
	for _, text := range asked.Queries {
		answers = append(answers, evaluate(engine, all, text, time.UnixMilli(asked.AtMs)))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}

func evaluate(engine *promql.Engine, all scraped, text string, at time.Time) answer {
	query, err := engine.NewInstantQuery(context.Background(), all, nil, text, at)
	if err != nil {
		return answer{Error: err.Error()}
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if result.Err != nil {
		return answer{Error: result.Err.Error()}
	}
	found := answer{Warnings: []string{}, Samples: []sample{}}
	for _, warning := range result.Warnings.AsErrors() {
		found.Warnings = append(found.Warnings, warning.Error())
	}
	vector, err := result.Vector()
	if err != nil {
		return answer{Error: err.Error()}
	}
	for _, each := range vector {
		value, _ := json.Marshal(each.F)
		text := string(value)
		if text == "" {
			text = "NaN"
		}
		found.Samples = append(found.Samples, sample{each.Metric.Map(), text})
	}
	return found
}
