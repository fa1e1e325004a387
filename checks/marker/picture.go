package marker

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"strings"
)

// A picture canary is a mosaic of side × side tiles. Each tile is dark or
// bright, which is one bit; its hue means nothing, so that a picture in shades
// of grey carries as much. The tiles in the middle, the pilots, are the same in
// every picture canary: they say that there is one, which way up, and what
// dark and bright have become. All others carry the payload (see code).
const (
	side  = 16
	tiles = side * side

	tileSize = 32 // pixels of a tile's edge as drawn

	darkTile   = 72 // brightness, 0 to 255
	brightTile = 184
)

// Picture draws a canary: a mosaic of 512 × 512 pixels, as PNG, from which
// [ReadPicture] reads the canary again. The same canary always gives the same
// picture. It is an error if the text is no canary.
func Picture(canary string) ([]byte, error) {
	if _, ok := Parse(canary); !ok {
		return nil, fmt.Errorf("drawing a picture canary: %q is no canary", canary)
	}
	payload := payloadOf(canary)
	m := image.NewRGBA(image.Rect(0, 0, side*tileSize, side*tileSize))
	for tile, bright := range layTiles(payload) {
		at := image.Pt(tile%side, tile/side).Mul(tileSize)
		draw.Draw(m, image.Rectangle{at, at.Add(image.Pt(tileSize, tileSize))},
			image.NewUniform(tint(payload, tile, bright)), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, fmt.Errorf("drawing a picture canary: %w", err)
	}
	return b.Bytes(), nil
}

// tint is the colour of a tile: two hues, which differ from canary to canary,
// run into each other across the picture.
func tint(payload word, tile int, bright bool) color.Color {
	const strength = 38
	random := mix(payload[0] ^ payload[1])
	hue := 2 * math.Pi * float64(random>>40) / (1 << 24)
	hue += (float64(tile%side)/side + float64(tile/side)/side - 1) * 1.2
	level := darkTile
	if bright {
		level = brightTile
		hue += 0.7
	}
	level += int(mix(random+uint64(tile))%13) - 6
	return color.YCbCr{
		Y:  uint8(level),
		Cb: uint8(128 + strength*math.Cos(hue)),
		Cr: uint8(128 + strength*math.Sin(hue)),
	}
}

// layTiles says of each tile whether it is bright.
func layTiles(payload word) (bright [tiles]bool) {
	for i, tile := range pilots {
		bright[tile] = pilotPattern>>i&1 == 1
	}
	for _, tile := range carriers {
		bright[tile] = code[tile].carries(payload)
	}
	return bright
}

// payloadOf gives the payload of a canary as a word.
func payloadOf(canary string) word {
	b := decode(strings.ToLower(canary)[len(CanaryPrefix):][:payloadLen])
	return word{b.left<<33 | b.right, b.left >> 31}
}

// canaryOf is the inverse of payloadOf.
func canaryOf(payload word) string {
	text := encode(block{left: payload[1]<<31 | payload[0]>>33, right: payload[0] & rightMask})
	return CanaryPrefix + text + checksum(text)
}

// pilots are the tiles of the middle which the smallest crop still shows: a
// square of four by four with two more tiles at each side. Turned or mirrored,
// the picture has them in the same places.
var pilots = func() (tiles []int) {
	for row := side/2 - 3; row < side/2+3; row++ {
		for column := side/2 - 3; column < side/2+3; column++ {
			if fromMiddle(row)+fromMiddle(column) <= 2 {
				tiles = append(tiles, row*side+column)
			}
		}
	}
	return tiles
}()

// pilotPattern says which pilots are bright: half of them, and so that no two
// of the eight ways to turn and mirror the pattern agree in more than 14 of 24.
const pilotPattern = 0x06bb2d

// fromMiddle counts how many rows or columns one is away from the middle.
func fromMiddle(i int) int {
	if i < side/2 {
		return side/2 - 1 - i
	}
	return i - side/2
}

// carriers are the tiles that carry the payload: all but the pilots.
var carriers = func() (all []int) {
	isPilot := make(map[int]bool)
	for _, tile := range pilots {
		isPilot[tile] = true
	}
	for tile := range tiles {
		if !isPilot[tile] {
			all = append(all, tile)
		}
	}
	return all
}()
