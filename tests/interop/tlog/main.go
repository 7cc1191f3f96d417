// Command tlog-client verifies a transparency log from the outside, by Go's own implementation of the tree and of the
// notes, and the formats as c2sp.org describes them:
//
//	tlog-client -key FILE [OPTION...] http://HOST/ledger
//
// It opens the checkpoint with the log's keys, proves that any two of the checkpoints it has ever seen are of one
// history and that every tile is of the tree, reads every entry and proves that it is there too, and checks receipts.
// It prints a line of JSON with what it verified, or says what did not hold and exits with 1.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// options are what a run is asked to verify. Only the key is needed.
type options struct {
	url       string
	head      string // path of the checkpoint below the URL
	keys      string // file with the log's verifier keys, one a line
	user      string // name:password that may read entries; without it none are read
	state     string // folder that keeps each checkpoint seen
	entries   string // folder that gets each entry, by its index, once it is proven
	receipts  string // folder with pairs of NAME.tlog-proof and NAME.entry
	witnesses string // file with the verifier keys of witnesses, each of which must have cosigned the checkpoint
}

// summary counts what was verified.
type summary struct {
	Size      int64 `json:"size"`
	Tiles     int   `json:"tiles"`
	Entries   int   `json:"entries"`
	Pairs     int   `json:"pairs"`
	Receipts  int   `json:"receipts"`
	Witnesses int   `json:"witnesses"`
}

func main() {
	var o options
	flag.StringVar(&o.head, "checkpoint", "checkpoint", "`path` of the checkpoint below the URL")
	flag.StringVar(&o.keys, "key", "", "`file` with the log's verifier keys")
	flag.StringVar(&o.user, "user", "", "`name:password` to read entries with")
	flag.StringVar(&o.state, "state", "", "`folder` of the checkpoints seen")
	flag.StringVar(&o.entries, "entries", "", "`folder` to write proven entries to")
	flag.StringVar(&o.receipts, "receipts", "", "`folder` of receipts and their entries")
	flag.StringVar(&o.witnesses, "witness", "", "`file` with the verifier keys of witnesses")
	flag.Parse()
	o.url = flag.Arg(0)
	if flag.NArg() != 1 || o.keys == "" {
		fmt.Fprintln(os.Stderr, "usage: tlog-client -key FILE [OPTION...] URL")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tlog-client:", err)
		os.Exit(1)
	}
}

func run(o options, out io.Writer) error {
	trust, err := readKeys(o.keys, o.witnesses)
	if err != nil {
		return err
	}
	log := newLog(o.url, o.user)
	seen, err := readSeen(o.state, trust)
	if err != nil {
		return err
	}
	newest, err := log.checkpoint(o.head, trust)
	if err != nil {
		return err
	}
	result := summary{Size: newest.tree.N, Witnesses: len(newest.cosigned)}
	if err := trust.allCosigned(newest); err != nil {
		return err
	}
	if result.Pairs, err = log.checkPairs(append(seen, newest)); err != nil {
		return err
	}
	if result.Tiles, err = log.checkTiles(newest.tree); err != nil {
		return err
	}
	if o.user != "" {
		entries, err := log.provenEntries(newest.tree)
		if err != nil {
			return err
		}
		result.Entries = len(entries)
		if err := writeEntries(o.entries, entries); err != nil {
			return err
		}
	}
	if result.Receipts, err = log.checkReceipts(o.receipts, trust, newest.tree); err != nil {
		return err
	}
	if err := newest.keep(o.state); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

func writeEntries(folder string, entries [][]byte) error {
	if folder == "" {
		return nil
	}
	for index, entry := range entries {
		path := filepath.Join(folder, strconv.Itoa(index))
		// What was proven once never changes: a file that differs was not written by a run before.
		if old, err := os.ReadFile(path); err == nil && !bytes.Equal(old, entry) {
			return fmt.Errorf("entry %d is another than in %s", index, path)
		}
		if err := os.WriteFile(path, entry, 0o600); err != nil {
			return err
		}
	}
	return nil
}
