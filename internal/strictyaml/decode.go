package strictyaml

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// maxDepth bounds nesting, maxValues what aliases of aliases can unfold to.
const (
	maxDepth  = 32
	maxValues = 1 << 20
)

// decode writes node into v and records the place of every value.
func (d *Document) decode(node ast.Node, v reflect.Value, p Path, depth int) {
	line, column := position(node)
	d.places[p] = place{line: line, column: column}
	if alias, ok := node.(*ast.AliasNode); ok {
		if d.following[alias] {
			d.add(line, column, "an alias that holds itself")
			return
		}
		d.following[alias] = true
		defer delete(d.following, alias)
	}
	node = d.resolve(node)
	if node == nil {
		return
	}
	if depth > maxDepth {
		d.add(line, column, "nested more than %d levels deep", maxDepth)
		return
	}
	if d.values++; d.values >= maxValues {
		if d.values == maxValues {
			d.add(line, column, "more than %d values, aliases unfolded", maxValues-1)
		}
		return
	}
	at := place{line: line, column: column, set: true}
	if s, ok := node.(*ast.StringNode); ok {
		at.quoted = strings.HasSuffix(s.Token.Type.String(), "Quote")
	}
	if node.Type() == ast.NullType {
		at.set = false
		d.places[p] = at
		return // as if the key were not there
	}
	d.places[p] = at

	text, scalar := literal(node)
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && (scalar || v.Kind() != reflect.Struct || len(fields(v.Type())) == 0) {
		if !scalar {
			d.add(line, column, "expected a single value, found %s", describe(node))
		} else if err := u.UnmarshalText([]byte(text)); err != nil {
			d.add(line, column, "%s", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(node, v.Elem(), p, depth+1)
	case reflect.Struct:
		d.decodeStruct(node, v, p, depth)
	case reflect.Map:
		d.decodeMap(node, v, p, depth)
	case reflect.Slice:
		list, ok := node.(*ast.SequenceNode)
		if !ok {
			d.add(line, column, `expected a list, found %s; write each entry as "- …"`, describe(node))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values)))
		for i, entry := range list.Values {
			d.decode(entry, v.Index(i), p.Index(i), depth+1)
		}
	default:
		if msg := setScalar(v, node, text); msg != "" {
			d.add(line, column, "%s", msg)
		}
	}
}

// setScalar returns what is wrong, or "".
func setScalar(v reflect.Value, node ast.Node, text string) string {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		dur, err := time.ParseDuration(text)
		if err != nil {
			return "expected a duration such as 800ms or 1.5s, found " + describe(node)
		}
		v.SetInt(int64(dur))
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		switch node.(type) {
		case *ast.StringNode, *ast.LiteralNode:
			v.SetString(text)
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
			return fmt.Sprintf("expected text, found %s; write \"%s\"", describe(node), text)
		case *ast.MappingNode, *ast.MappingValueNode:
			return "expected text, found a mapping; put text that holds a colon in quotes"
		default:
			return "expected text, found " + describe(node)
		}
	case reflect.Bool:
		b, ok := node.(*ast.BoolNode)
		if !ok {
			return "expected true or false, found " + describe(node)
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if _, ok := node.(*ast.IntegerNode); !ok || err != nil {
			return "expected a whole number, found " + describe(node)
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		_, isInt := node.(*ast.IntegerNode)
		_, isFloat := node.(*ast.FloatNode)
		if !isInt && !isFloat || err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return "expected a number, found " + describe(node) + shareHint(text)
		}
		v.SetFloat(f)
	default:
		panic("strictyaml: a field of kind " + v.Kind().String() + " cannot be decoded")
	}
	return ""
}

// shareHint turns 85% into what a number field wants.
func shareHint(text string) string {
	number, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	f, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil {
		return ""
	}
	return "; write " + strconv.FormatFloat(f/100, 'g', -1, 64)
}

// literal is a scalar as it is written, without its quotes.
func literal(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// describe names a value for a message.
func describe(node ast.Node) string {
	text, _ := literal(node)
	switch n := node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		if r := []rune(text); len(r) > 40 {
			text = string(r[:40]) + "…"
		}
		return "the text " + strconv.Quote(text)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + text
	case *ast.BoolNode:
		return text
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	default:
		return strings.ToLower(n.Type().String())
	}
}

// position is where a value begins: a mapping begins at its first key.
func position(node ast.Node) (line, column int) {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return position(n.Values[0])
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	}
	pos := node.GetToken().Position
	return pos.Line, pos.Column
}
