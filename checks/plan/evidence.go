package plan

// Evidence says how much of the target reports and screenshots show.
type Evidence string

// How much evidence shows.
const (
	// Masked shows what leaked, and the viewer's own name; everything else that a
	// page shows is covered or left out, so that a report can be handed on. It is
	// the default.
	Masked Evidence = "masked"
	// Full shows pages as they were.
	Full Evidence = "full"
	// None takes no screenshots, keeps no pictures, and is masked besides.
	None Evidence = "none"
)

// Evidences are all of them.
var Evidences = []Evidence{Masked, Full, None}
