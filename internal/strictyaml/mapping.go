package strictyaml

import (
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// resolve follows anchors and aliases to a value; nil where there is none, and
// the problem is reported.
func (d *Document) resolve(node ast.Node) ast.Node {
	for range maxDepth {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			to, ok := d.anchors[n.Value.String()]
			if !ok {
				line, column := position(n)
				d.add(line, column, "no anchor &%s in this file", n.Value.String())
				return nil
			}
			node = to
		case *ast.TagNode:
			line, column := position(n)
			d.add(line, column, "tags such as %s are not used here; write the value alone", n.Start.Value)
			return nil
		default:
			return node
		}
	}
	line, column := position(node)
	d.add(line, column, "an alias that holds itself")
	return nil
}

type anchorCollector map[string]ast.Node

func (c anchorCollector) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		c[a.Name.String()] = a.Value
	}
	return c
}

func (d *Document) collectAnchors(body ast.Node) { ast.Walk(anchorCollector(d.anchors), body) }

type pair struct {
	key          string
	line, column int
	value        ast.Node
}

// pairs are the keys and values of a mapping; ok is false where node is none.
func (d *Document) pairs(node ast.Node) (list []pair, ok bool) {
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, false
	}
	seen := map[string]int{}
	for _, v := range values {
		line, column := position(v.Key)
		key, isScalar := "", false
		if k, isNode := v.Key.(ast.Node); isNode {
			key, isScalar = literal(k)
		}
		if !isScalar {
			d.add(line, column, "this key is not a plain word; write out the keys")
			continue
		}
		if first, dup := seen[key]; dup {
			d.add(line, column, "key %q again; it is set in line %d already", key, first)
			continue
		}
		seen[key] = line
		list = append(list, pair{key, line, column, v.Value})
	}
	return list, true
}

// field is one key that a struct knows.
type field struct {
	name  string
	index int
}

func fields(t reflect.Type) (list []field) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			list = append(list, field{name, i})
		}
	}
	return list
}

func names(fs []field) (out []string) {
	for _, f := range fs {
		out = append(out, f.name)
	}
	return out
}

func (d *Document) decodeStruct(node ast.Node, v reflect.Value, p Path, depth int) {
	known := fields(v.Type())
	list, ok := d.pairs(node)
	if !ok {
		line, column := position(node)
		d.add(line, column, "expected a mapping with %s, found %s", strings.Join(names(known), ", "), describe(node))
		return
	}
	given := map[string]bool{}
	for _, kv := range list {
		given[kv.key] = true
	}
	for _, kv := range list {
		name := kv.key
		i := slices.IndexFunc(known, func(f field) bool { return f.name == name })
		if i < 0 {
			meant := Closest(name, names(known))
			d.add(kv.line, kv.column, "unknown key %q%s", name, hint(meant, "the keys here are", names(known)))
			// Decode it as what was meant, so that one slip is one message.
			if i = slices.Index(names(known), meant); i < 0 || given[meant] {
				continue
			}
			name = meant
		}
		d.decode(kv.value, v.Field(known[i].index), p.Key(name), depth+1)
	}
}

func (d *Document) decodeMap(node ast.Node, v reflect.Value, p Path, depth int) {
	list, ok := d.pairs(node)
	if !ok {
		line, column := position(node)
		d.add(line, column, "expected a mapping, found %s", describe(node))
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(list)))
	for _, kv := range list {
		value := reflect.New(v.Type().Elem()).Elem()
		d.decode(kv.value, value, p.Key(kv.key), depth+1)
		v.SetMapIndex(reflect.ValueOf(kv.key), value)
	}
}
