package app

import (
	"github.com/luodi/luodi/internal/project"
)

// Init starts a new project in dir and returns the path of its luodi.yaml.
func Init(dir string) (string, error) { return project.Skeleton(dir, "") }
