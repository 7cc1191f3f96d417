package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestLogThatGrowsHolds(t *testing.T) {
	log := newFakeLog(t, 0)
	c := log.client()
	c.holds(`{"size":0,"tiles":0,"entries":0,"pairs":0,"receipts":0,"witnesses":0}`)
	for i, size := range []int{1, 2, 255, 256, 257, 700} {
		log.grow(size)
		pairs := strconv.Itoa((i + 1) * (i + 2) / 2)
		tiles := strconv.Itoa((size + 255) / 256)
		n := strconv.Itoa(size)
		c.holds(`{"size":` + n + `,"tiles":` + tiles + `,"entries":` + n + `,"pairs":` + pairs + `,"receipts":0,"witnesses":0}`)
	}
}

func TestLogOfThreeLevelsHolds(t *testing.T) {
	log := newFakeLog(t, 65_535)
	c := log.client()
	c.user = ""
	c.holds(`{"size":65535,"tiles":256,"entries":0,"pairs":0,"receipts":0,"witnesses":0}`)
	log.grow(66_000)
	c.holds(`{"size":66000,"tiles":258,"entries":0,"pairs":1,"receipts":0,"witnesses":0}`)
}

func TestFullTileStandsInForPartialOne(t *testing.T) {
	log := newFakeLog(t, 200)
	c := log.client()
	c.holds(`{"size":200,"tiles":1,"entries":200,"pairs":0,"receipts":0,"witnesses":0}`)
	signed := log.checkpoint()
	log.grow(300)
	log.change = func(path string, body []byte) []byte {
		switch path {
		case "checkpoint":
			return signed
		case "tile/0/000.p/200", "tile/entries/000.p/200":
			return nil
		}
		return body
	}
	c.holds(`{"size":200,"tiles":1,"entries":200,"pairs":1,"receipts":0,"witnesses":0}`)
}

func TestEntriesAreWrittenOnceProven(t *testing.T) {
	log := newFakeLog(t, 300)
	c := log.client()
	c.entries = t.TempDir()
	c.holds(`{"size":300,"tiles":2,"entries":300,"pairs":0,"receipts":0,"witnesses":0}`)
	for index, entry := range log.entries {
		written, err := os.ReadFile(filepath.Join(c.entries, strconv.Itoa(index)))
		must(t, err)
		if !bytes.Equal(written, entry) {
			t.Fatalf("entry %d: %q", index, written)
		}
	}
	must(t, os.WriteFile(filepath.Join(c.entries, "7"), []byte("other"), 0o600))
	c.fails("entry 7 is another")
}

// replaced changes the answer at one path.
func replaced(path, old, new string) func(string, []byte) []byte {
	return func(at string, body []byte) []byte {
		if at != path {
			return body
		}
		if !bytes.Contains(body, []byte(old)) {
			panic("nothing to replace at " + path)
		}
		return bytes.Replace(body, []byte(old), []byte(new), 1)
	}
}

// flipped changes a bit of the answer at one path.
func flipped(path string, at int) func(string, []byte) []byte {
	return func(asked string, body []byte) []byte {
		if asked == path {
			body = bytes.Clone(body)
			body[at] ^= 1
		}
		return body
	}
}

func without(path string) func(string, []byte) []byte {
	return func(asked string, body []byte) []byte {
		if asked == path {
			return nil
		}
		return body
	}
}

func TestTamperingIsFound(t *testing.T) {
	swapped := `{"id":"8"}` + "\x00\x0a" + `{"id":"7"}`
	for name, tampering := range map[string]struct {
		user   string // without one, only hashes are read
		change func(string, []byte) []byte
		want   string
	}{
		"an entry's bytes":      {user, flipped("tile/entries/001.p/44", 5), "entry 256 is not the leaf"},
		"two entries swapped":   {user, replaced("tile/entries/000", `{"id":"7"}`+"\x00\x0a"+`{"id":"8"}`, swapped), "entry 7 is not the leaf"},
		"an entry removed":      {user, replaced("tile/entries/000", "\x00\x0a"+`{"id":"7"}`, ""), "255 entries, want 256"},
		"an entry cut":          {user, replaced("tile/entries/001.p/44", `299"}`, `299`), "ends within entry 43"},
		"entries that are gone": {user, without("tile/entries/001.p/44"), "tile/entries/001: not found"},
		"entries for all":       {"someone:else", nil, "401 Unauthorized"},
		"a full tile":           {"", flipped("tile/0/000", 32*100), "inconsistent tile"},
		"a partial tile":        {"", flipped("tile/0/001.p/44", 32*43), "inconsistent tile"},
		"an upper tile":         {"", flipped("tile/1/000.p/1", 0), "inconsistent tile"},
		"a tile that is gone":   {"", without("tile/0/000"), "tile/0/000: not found"},
		"a long tile":           {"", replaced("tile/0/001.p/44", "", "x"), "1409 bytes, want 44 hashes"},
		"the size":              {"", replaced("checkpoint", "\n300\n", "\n299\n"), "invalid signature"},
		"no signature":          {"", replaced("checkpoint", "— log.test/origin", "— log.test/other"), "no verifiable signatures"},
	} {
		t.Run(name, func(t *testing.T) {
			log := newFakeLog(t, 300)
			c := log.client()
			c.user = tampering.user
			log.change = tampering.change
			c.fails(tampering.want)
		})
	}
}

func TestOtherKeyIsRefused(t *testing.T) {
	log := newFakeLog(t, 3)
	c := log.client()
	c.keys = c.file("keys", newFakeLog(t, 0).key)
	c.fails("no verifiable signatures")
	c.keys = c.file("keys", "\n")
	c.fails("holds no key")
}

func TestWrongHeadIsFound(t *testing.T) {
	root := tlog.RecordHash(nil).String()
	for name, head := range map[string]struct{ text, want string }{
		"root":          {origin + "\n300\n" + root + "\n", "inconsistent tile"},
		"root of none":  {origin + "\n0\n" + root + "\n", "not the root of an empty tree"},
		"origin":        {"log.test/other\n300\n" + root + "\n", `of "log.test/other", want "log.test/origin"`},
		"size":          {origin + "\n0300\n" + root + "\n", `"0300" is no size`},
		"negative size": {origin + "\n-1\n" + root + "\n", `"-1" is no size`},
		"short root":    {origin + "\n300\nAAAA\n", `"AAAA" is no root`},
		"no root":       {origin + "\n300\n", "want an origin, a size and a root"},
	} {
		t.Run(name, func(t *testing.T) {
			log := newFakeLog(t, 300)
			c := log.client()
			log.change = func(path string, body []byte) []byte {
				if path == "checkpoint" {
					return log.sign(head.text)
				}
				return body
			}
			c.fails(head.want)
		})
	}
}

func TestForkIsFound(t *testing.T) {
	for name, fork := range map[string]struct {
		at, size int
		want     string
	}{
		"of the same size":  {299, 300, "sizes 300 and 300: the log forked"},
		"that is longer":    {299, 400, "sizes 300 and 400: the log forked"},
		"from the first on": {0, 301, "sizes 300 and 301: the log forked"},
		"that is shorter":   {0, 299, "sizes 300 and 299: the log went back"},
		"that was cut off":  {-1, 299, "sizes 300 and 299: the log went back"},
	} {
		t.Run(name, func(t *testing.T) {
			log := newFakeLog(t, 300)
			c := log.client()
			c.holds(`{"size":300,"tiles":2,"entries":300,"pairs":0,"receipts":0,"witnesses":0}`)
			log.fork(fork.at, fork.size)
			c.fails(fork.want)
		})
	}
}

func TestReceiptsHold(t *testing.T) {
	log := newFakeLog(t, 300)
	c := log.client()
	c.receipts = t.TempDir()
	write := func(name string, receipt, entry []byte) {
		must(t, os.WriteFile(filepath.Join(c.receipts, name+receiptSuffix), receipt, 0o600))
		must(t, os.WriteFile(filepath.Join(c.receipts, name+".entry"), entry, 0o600))
	}
	c.fails("holds no receipts")
	write("first", log.receipt(0), log.entries[0])
	extra := strings.Replace(string(log.receipt(299)), "\nindex", "\nextra AAEC\nindex", 1)
	write("extra", []byte(extra), log.entries[299])
	log.grow(301)
	c.holds(`{"size":301,"tiles":2,"entries":301,"pairs":0,"receipts":2,"witnesses":0}`)

	good := string(log.receipt(7))
	for name, bad := range map[string]struct{ receipt, want string }{
		"another index":   {strings.Replace(good, "index 7\n", "index 8\n", 1), "invalid"},
		"no index":        {strings.Replace(good, "index 7\n", "", 1), "want an index"},
		"beyond the tree": {strings.Replace(good, "index 7\n", "index 301\n", 1), "not in a tree of 301"},
		"another version": {strings.Replace(good, "@v1", "@v2", 1), "want \"c2sp.org/tlog-proof@v1\""},
		"another size":    {strings.Replace(good, "\n301\n", "\n300\n", 1), "invalid signature"},
	} {
		write("bad", []byte(bad.receipt), log.entries[7])
		t.Run(name, func(t *testing.T) { c.fails(bad.want) })
	}
	log.fork(299, 301)
	write("bad", log.receipt(7), log.entries[7])
	log.fork(-1, 301)
	c.fails("receipt bad.tlog-proof: the log forked")
	write("bad", []byte(good), log.entries[8])
	c.fails("receipt bad.tlog-proof")
	write("bad", []byte(good), log.entries[7])
	c.holds(`{"size":301,"tiles":2,"entries":301,"pairs":1,"receipts":3,"witnesses":0}`)
}

func TestWitnessesCosign(t *testing.T) {
	log := newFakeLog(t, 3)
	c := log.client()
	one, two := newWitness(t, "witness.test/one"), newWitness(t, "witness.test/two")
	c.witnesses = c.file("witnesses", one.vkey()+"\n"+two.vkey()+"\n")
	c.fails("no cosignature of witness.test/one")
	own := log.signers
	log.signers = append(own, one)
	c.fails("no cosignature of witness.test/two")
	log.signers = append(own, one, two)
	c.holds(`{"size":3,"tiles":1,"entries":3,"pairs":0,"receipts":0,"witnesses":2}`)

	stranger := newWitness(t, "witness.test/two")
	stranger.hash = two.hash
	log.signers = append(own, one, stranger)
	c.fails("invalid signature")
	log.signers = append(own[:0:0], one, two)
	c.fails("not signed by the log")

	for vkey, want := range map[string]string{
		log.key: "not a key of a witness",
		strings.Replace(one.vkey(), "/one", "/two", 1): "not that of its name and key",
		"witness.test/one": "want NAME+HASH+KEY",
	} {
		c.witnesses = c.file("witnesses", vkey)
		c.fails(want)
	}
}
