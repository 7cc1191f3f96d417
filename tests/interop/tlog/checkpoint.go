package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checkpoint is a signed tree head whose signatures were verified.
type checkpoint struct {
	note     []byte
	tree     tlog.Tree
	cosigned []note.Signature // by witnesses
}

// openCheckpoint parses what c2sp.org/tlog-checkpoint describes. The log itself must have signed it, by the key of the
// name that is its origin.
func openCheckpoint(signed []byte, trust trust) (checkpoint, error) {
	c := checkpoint{note: signed}
	n, err := note.Open(signed, trust.verifiers())
	if err != nil {
		return c, fmt.Errorf("checkpoint: %w", err)
	}
	if !signedBy(n.Sigs, trust.log...) {
		return c, fmt.Errorf("checkpoint: not signed by the log")
	}
	lines := strings.SplitN(n.Text, "\n", 4)
	if len(lines) < 4 {
		return c, fmt.Errorf("checkpoint: want an origin, a size and a root, got %q", n.Text)
	}
	if origin := trust.log[0].Name(); lines[0] != origin {
		return c, fmt.Errorf("checkpoint: of %q, want %q", lines[0], origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return c, fmt.Errorf("checkpoint: %q is no size", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return c, fmt.Errorf("checkpoint: %q is no root", lines[2])
	}
	c.tree = tlog.Tree{N: size, Hash: tlog.Hash(root)}
	if empty, _ := tlog.TreeHash(0, nil); size == 0 && c.tree.Hash != empty {
		return c, fmt.Errorf("checkpoint: %q is not the root of an empty tree", lines[2])
	}
	for _, signature := range n.Sigs {
		if signedBy([]note.Signature{signature}, trust.witnesses...) {
			c.cosigned = append(c.cosigned, signature)
		}
	}
	return c, nil
}

// readSeen gives the checkpoints of the runs before, by size.
func readSeen(folder string, trust trust) ([]checkpoint, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.checkpoint"))
	if folder == "" || err != nil {
		return nil, err
	}
	var seen []checkpoint
	for _, path := range paths {
		signed, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c, err := openCheckpoint(signed, trust)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		seen = append(seen, c)
	}
	slices.SortFunc(seen, func(a, b checkpoint) int { return int(a.tree.N - b.tree.N) })
	return seen, nil
}

// keep writes the checkpoint down, for the runs to come.
func (c checkpoint) keep(folder string) error {
	if folder == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.checkpoint", c.tree.N)), c.note, 0o600)
}

// checkPairs proves that each checkpoint's tree begins with that of each before it. They are as they were seen: the
// last one is the newest, and sizes only grow.
func (l *remoteLog) checkPairs(seen []checkpoint) (int, error) {
	pairs := 0
	for i, newer := range seen {
		for _, older := range seen[:i] {
			if err := l.checkPair(older.tree, newer.tree); err != nil {
				return pairs, fmt.Errorf("checkpoints of sizes %d and %d: %w", older.tree.N, newer.tree.N, err)
			}
			pairs++
		}
	}
	return pairs, nil
}

func (l *remoteLog) checkPair(older, newer tlog.Tree) error {
	switch {
	case older.N > newer.N:
		return fmt.Errorf("the log went back")
	case older.N == 0:
		return nil // every tree begins with the empty one: there is no proof of it
	}
	proof, err := tlog.ProveTree(newer.N, older.N, tlog.TileHashReader(newer, l))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("the log forked: %w", err)
	}
	return nil
}
