package meter

// Usage counts the tokens of one call by kind, as vendors bill them.
type Usage struct {
	Input       int64 // tokens of the prompt, cached ones included
	CachedInput int64 // of Input, those read from the vendor's cache
	CacheWrite  int64 // of Input, those written to the vendor's cache
	Output      int64 // tokens of the reply, reasoning included
	Reasoning   int64 // of Output, those spent on reasoning
}

// IsZero reports whether nothing was counted.
func (u Usage) IsZero() bool { return u == Usage{} }
