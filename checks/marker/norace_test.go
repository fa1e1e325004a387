//go:build !race

package marker

// fewer is by how much less is tried under the race detector.
const fewer = 1
