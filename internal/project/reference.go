package project

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/strictyaml"
)

// Key documents one key of luodi.yaml.
type Key struct {
	Path    string `yaml:"key"`  // such as sources[].path
	Type    string `yaml:"type"` // text, name, number …
	Default string `yaml:"default"`
	EN      string `yaml:"en"`
	ZH      string `yaml:"zh"`
}

//go:embed reference.yaml
var referenceFile []byte

//go:embed reference_en.md
var introEN string

//go:embed reference_zh.md
var introZH string

// Keys are all keys of luodi.yaml in the order of the file.
func Keys() ([]Key, error) {
	var f struct {
		Keys []Key `yaml:"keys"`
	}
	err := strictyaml.Decode("reference.yaml", referenceFile, &f)
	return f.Keys, err
}

// Reference is the page that explains luodi.yaml, in English (en) or Chinese
// (zh), as markdown: an introduction and one table a section.
func Reference(language string) (string, error) {
	keys, err := Keys()
	if err != nil {
		return "", fmt.Errorf("writing the reference of %s: %w", File, err)
	}
	intro, head := introEN, "| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
	if language == "zh" {
		intro, head = introZH, "| 键 | 类型 | 默认 | 含义 |\n| --- | --- | --- | --- |\n"
	}
	var b bytes.Buffer
	b.WriteString(intro)
	section := ""
	for _, k := range keys {
		name, _, _ := strings.Cut(strings.ReplaceAll(k.Path, "[]", ""), ".")
		if name != section {
			section = name
			fmt.Fprintf(&b, "\n## %s\n\n%s", section, head)
		}
		kind, preset, text := k.Type, k.Default, k.EN
		if language == "zh" {
			kind, preset, text = translated(kind), translated(preset), k.ZH
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Path, kind, preset, text)
	}
	return b.String(), nil
}

// chinese has the words of the type and default columns; values, such as 0.3
// or CNY, stay as they are.
var chinese = map[string]string{
	"by format": "依格式而定", "true or false": "true 或 false", "number": "数", "nobody": "无人", "SOURCE.COLUMN": "数据源.列",
	"required": "必填", "name": "名称", "text": "文本", "column": "列名", "department": "部门", "source": "数据源", "list of sources": "数据源列表",
	"knowledge base": "知识库", "model": "模型", "scenario": "场景", "vendor": "厂商", "address": "地址", "list": "列表", "path": "路径", "command": "命令",
	"path or pattern": "路径或通配符", "decimal": "十进制数", "by task": "依任务而定", "number 0–1": "0–1 的数", "number 0–at_least": "0–at_least 的数",
	"whole number": "整数", "duration": "时长", "amount": "金额", "share or {source: NAME}": "比例或 {source: 名称}",
	"the vendor's": "厂商的地址", "the vendor's variable": "厂商惯用的变量", "the task's first": "该任务的第一个", "the task's own": "任务自带",
	"derived from the items": "由条目推得", "candidate": "候选", "path or text": "路径或文本", "{k: N} or none": "{k: N} 或 none", "the scenario's": "场景的提示词",
	"{k: 5} for answer": "answer 为 {k: 5}", "number 0–2": "0–2 的数", "number 0–0.2": "0–0.2 的数", "bar.within, else 0.02": "bar.within，否则 0.02",
	"all that the task allows": "任务允许的全部", "the whole project": "整个工程", "all": "全部", "all equal": "全部相等", "labels and numbers": "标签与数", "by address": "依地址而定", "list of numbers": "数列", "none": "无", "size": "大小", "share": "比例", "what was not met": "未满足的条件", "SQLite below .luodi/": ".luodi/ 下的 SQLite",
}

func translated(s string) string {
	if zh, ok := chinese[s]; ok {
		return zh
	}
	return s
}
