package check

import "github.com/moby/patternmatcher"

// matcher tells which files a .dockerignore lets through.
func matcher(patterns []string) (in func(path string) (bool, error), err error) {
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	return func(path string) (bool, error) {
		out, err := ignored.MatchesOrParentMatches(path)
		return !out, err
	}, nil
}
