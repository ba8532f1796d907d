package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func dedupCommand(g *globals) *cobra.Command {
	var q app.DedupRequest
	c := &cobra.Command{
		Use:   "dedup",
		Short: "Remove duplicates from a jsonl, with the decisions of a known tool or our own",
		Long: `Removes duplicates; of each group the first document stays.

--method minhash: near-duplicates by 256 permutations, 25 bands of 10 rows. With
--compat datajuicer, which is the default, decisions and signatures are exactly
those of that tool's operator. A text of fewer than 5 tokens has no shingle; all
such texts are one group there, and "short" counts them.
--method exact: the same text. --method paragraph: lines of text of 20 characters
or more that stood in an earlier place are cut out, the rest of the document
stays. --method short: texts at least --threshold similar (Jaccard, of pairs of
Han characters and triples of letters), each pair compared exactly: for short
Chinese texts, which have too few shingles for the other.

Memory is bounded whatever the corpus: keys are sorted in files beside --out.
--index keeps the keys of what came before: new files are compared with all of
it. It is written last, so that where it names a file, that file's output is
complete; the same file given once more repeats itself and is removed. Every
member of a line and the order of lines are kept.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.Dedup(cmd.Context(), q)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				fmt.Fprintf(stdout, "kept %d of %d documents, %.2f MB of text in %.2f s\n", res.Kept, res.Documents, float64(res.Bytes)/1e6, res.Seconds)
				if res.Paragraphs > 0 {
					fmt.Fprintf(stdout, "%d paragraphs were cut out\n", res.Paragraphs)
				}
				if res.Short > 1 {
					fmt.Fprintf(stdout, "%d documents are too short for a shingle; all but the first are removed: --method short compares them\n", res.Short)
				}
			})
		},
	}
	c.Flags().StringVar(&q.Compat, "compat", "datajuicer", "whose decisions to make: datajuicer")
	c.Flags().StringVar((*string)(&q.Method), "method", "minhash", "what counts as a duplicate: minhash, exact, paragraph, short")
	c.Flags().StringVar((*string)(&q.Tokens), "tokens", "char", "shingles of characters, or of words split at spaces: char, space")
	c.Flags().Float64Var(&q.Threshold, "threshold", 0.85, "similarity from which short texts are duplicates")
	c.Flags().StringVar(&q.Input, "input", "", "jsonl to read; .gz too")
	c.Flags().StringVar(&q.Field, "field", "text", "the member that holds the text")
	c.Flags().StringVar(&q.Out, "out", "", "jsonl to write")
	c.Flags().StringVar(&q.Signatures, "signatures", "", "write each document's id and the MD5 of its signature here")
	c.Flags().StringVar(&q.Merges, "merges", "", "write each removed line and the line it repeats here, as jsonl")
	c.Flags().StringVar(&q.Index, "index", "", "file of keys: what repeats earlier corpora is removed, new keys are added")
	c.Flags().IntVar(&q.Memory, "memory", 128, "MiB for keys before they are sorted in files")
	_ = c.MarkFlagRequired("input")
	_ = c.MarkFlagRequired("out")
	return c
}
