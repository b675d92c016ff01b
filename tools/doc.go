// Package tools pins the programs that the checks use; see go.mod. It is a module of its own, so that they stay out of
// the project's dependencies.
package tools
