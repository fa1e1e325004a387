// The leakbench command measures notmine on its own stand-in services.
//
//	leakbench score   holds what notmine reports against what the services really served
//	leakbench time    times it beside bare page loads of the same browser and flags
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
	if len(args) == 1 {
		switch args[0] {
		case "score":
			return scoreAll(ctx, os.Stdout)
		case "time":
			return timeAll(ctx, os.Stdout)
		}
	}
	return fmt.Errorf("usage: leakbench score | leakbench time")
}
