package gateway

import "strconv"

// RerankReply gives a reply the members that the client's shape wants and the
// upstream's lacks: id and meta of Cohere's, model and usage of Jina's. Both
// know results with index and relevance_score; what else came is kept.
func RerankReply(b []byte, cohere bool, model, id string, tokens int64) []byte {
	o, err := Scan(b, nil)
	if err != nil || o.Value("results") == nil {
		return b
	}
	n := strconv.FormatInt(tokens, 10)
	want := []Change{{Name: "model", Value: Quote(model)}, {Name: "usage", Value: `{"prompt_tokens":` + n + `,"total_tokens":` + n + `}`}}
	if cohere {
		want = []Change{{Name: "id", Value: Quote(id)},
			{Name: "meta", Value: `{"api_version":{"version":"2"},"billed_units":{"search_units":1},"tokens":{"input_tokens":` + n + `}}`}}
	}
	var missing []Change
	for _, c := range want {
		if o.Value(c.Name) == nil {
			missing = append(missing, c)
		}
	}
	if missing == nil {
		return b
	}
	return o.Apply(nil, missing)
}
