//go:build race

package marker

// fewer is by how much less is tried under the race detector, which makes all
// that is done to pictures ten times slower.
const fewer = 20
