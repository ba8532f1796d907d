// Package job runs the stages of luodi up, each only when it must.
package job
