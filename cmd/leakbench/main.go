// The leakbench command measures notmine on its own stand-in services.
//
//	leakbench score   holds what notmine reports against what the services really served
//	leakbench time    times it beside bare page loads of the same browser and flags
//	leakbench pictures
//	                  has a browser change pictures as services do, and says which are still known
//	leakbench surfaces [-only PLACES] [-wrapping WRAPPINGS]
//	                  shows data on every surface in every wrapping, and says what was found
//	leakbench corpus [-only NAMES] [-accounts N] [-seeds N] [-power] [-cases] [-out FILE] [-keep DIR]
//	                  runs every mechanism with the default phases, and holds it against the truth;
//	                  with -cases it also shrinks what was found, and hunts it from nothing
//	leakbench corpus -table FILE...
//	                  prints the tables of what that has written before
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "leakbench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "surfaces":
			return surfacesAll(ctx, args[1:], os.Stdout)
		case "corpus":
			return corpusAll(ctx, args[1:], os.Stdout)
		}
	}
	if len(args) == 1 {
		switch args[0] {
		case "score":
			return scoreAll(ctx, os.Stdout)
		case "time":
			return timeAll(ctx, os.Stdout)
		case "pictures":
			return scorePictures(ctx, os.Stdout)
		}
	}
	return fmt.Errorf("usage: leakbench score | leakbench time | leakbench pictures | leakbench surfaces | leakbench corpus")
}
