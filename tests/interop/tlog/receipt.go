package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	receiptHeader = "c2sp.org/tlog-proof@v1"
	receiptSuffix = ".tlog-proof"
)

// receipt is an inclusion proof with the checkpoint that it is under.
type receipt struct {
	index int64
	proof tlog.RecordProof
	under checkpoint
}

// parseReceipt reads what c2sp.org/tlog-proof describes, and verifies the checkpoint in it.
func parseReceipt(text string, trust trust) (receipt, error) {
	var r receipt
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != receiptHeader {
		return r, fmt.Errorf("want %q, a proof and a checkpoint", receiptHeader)
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, err := base64.StdEncoding.DecodeString(lines[0][len("extra "):]); err != nil {
			return r, fmt.Errorf("%q: %w", lines[0], err)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return r, fmt.Errorf("no index")
	}
	digits, _ := strings.CutPrefix(lines[0], "index ")
	index, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || index < 0 || lines[0] != fmt.Sprintf("index %d", index) {
		return r, fmt.Errorf("%q: want an index", lines[0])
	}
	r.index = index
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return r, fmt.Errorf("%q is no hash", line)
		}
		r.proof = append(r.proof, tlog.Hash(hash))
	}
	r.under, err = openCheckpoint([]byte(signed), trust)
	return r, err
}

// check proves that the entry is the one the receipt is for.
func (r receipt) check(entry []byte) error {
	tree := r.under.tree
	if r.index >= tree.N {
		return fmt.Errorf("index %d is not in a tree of %d", r.index, tree.N)
	}
	return tlog.CheckRecord(r.proof, tree.N, tree.Hash, r.index, tlog.RecordHash(entry))
}

// checkReceipts verifies each NAME.tlog-proof of the folder for NAME.entry beside it, and that its checkpoint is of the
// same history as the newest. A folder without any is an error.
func (l *remoteLog) checkReceipts(folder string, trust trust, newest tlog.Tree) (int, error) {
	if folder == "" {
		return 0, nil
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*"+receiptSuffix))
	if err != nil {
		return 0, err
	}
	if len(paths) == 0 {
		return 0, fmt.Errorf("%s holds no receipts", folder)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		entry, err := os.ReadFile(strings.TrimSuffix(path, receiptSuffix) + ".entry")
		if err != nil {
			return 0, err
		}
		r, err := parseReceipt(string(text), trust)
		if err == nil {
			err = r.check(entry)
		}
		if err == nil {
			err = l.checkPair(r.under.tree, newest)
		}
		if err != nil {
			return 0, fmt.Errorf("receipt %s: %w", filepath.Base(path), err)
		}
	}
	return len(paths), nil
}
