package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	user   = "auditor:secret"
	origin = "log.test/origin"
)

// fakeLog is a log as c2sp.org/tlog-tiles wants it, made of Go's own parts.
type fakeLog struct {
	t        *testing.T
	entries  [][]byte
	hashes   []tlog.Hash
	signers  []note.Signer
	key      string // verifier key
	forkedAt int    // index of the entry that is another than in the log it forked from; -1 in an honest one
	// change, if set, gets each answer's path and body, and gives the body to send, or nil for 404.
	change func(path string, body []byte) []byte
}

func newFakeLog(t *testing.T, size int) *fakeLog {
	private, key, err := note.GenerateKey(rand.Reader, origin)
	must(t, err)
	signer, err := note.NewSigner(private)
	must(t, err)
	log := &fakeLog{t: t, signers: []note.Signer{signer}, key: key, forkedAt: -1}
	log.grow(size)
	return log
}

// fork makes this log another one of the same key, from the index on.
func (f *fakeLog) fork(at, size int) {
	f.entries, f.hashes, f.forkedAt = nil, nil, at
	f.grow(size)
}

func (f *fakeLog) grow(size int) {
	for n := len(f.entries); n < size; n++ {
		entry := fmt.Appendf(nil, `{"id":"%d"}`, n)
		if n == f.forkedAt {
			entry = []byte(`{"id":"fork"}`)
		}
		hashes, err := tlog.StoredHashes(int64(n), entry, f)
		must(f.t, err)
		f.entries, f.hashes = append(f.entries, entry), append(f.hashes, hashes...)
	}
}

// ReadHashes makes it a tlog.HashReader.
func (f *fakeLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, f.hashes[index])
	}
	return found, nil
}

func (f *fakeLog) checkpoint() []byte {
	root, err := tlog.TreeHash(int64(len(f.entries)), f)
	must(f.t, err)
	return f.sign(fmt.Sprintf("%s\n%d\n%v\n", origin, len(f.entries), root))
}

func (f *fakeLog) sign(text string) []byte {
	signed, err := note.Sign(&note.Note{Text: text}, f.signers...)
	must(f.t, err)
	return signed
}

func (f *fakeLog) receipt(index int) []byte {
	proof, err := tlog.ProveRecord(int64(len(f.entries)), int64(index), f)
	must(f.t, err)
	text := fmt.Sprintf("%s\nindex %d\n", receiptHeader, index)
	for _, hash := range proof {
		text += hash.String() + "\n"
	}
	return append([]byte(text+"\n"), f.checkpoint()...)
}

// answer gives the body at a path, or nil.
func (f *fakeLog) answer(path string) []byte {
	if path == "checkpoint" {
		return f.checkpoint()
	}
	goPath := strings.Replace(path, "tile/entries/", "tile/data/", 1)
	t, err := tlog.ParseTilePath(strings.Replace(goPath, "tile/", "tile/8/", 1))
	level := max(t.L, 0) * height
	if err != nil || t.N<<height+int64(t.W) > int64(len(f.entries))>>level {
		return nil
	}
	if t.L >= 0 {
		data, err := tlog.ReadTileData(t, f)
		must(f.t, err)
		return data
	}
	var bundle []byte
	for _, entry := range f.entries[t.N<<height:][:t.W] {
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
		bundle = append(bundle, entry...)
	}
	return bundle
}

func (f *fakeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/ledger/")
	name, password, _ := r.BasicAuth()
	if strings.HasPrefix(path, "tile/entries/") && name+":"+password != user {
		http.Error(w, "only for auditors", http.StatusUnauthorized)
		return
	}
	body := f.answer(path)
	if f.change != nil && body != nil {
		body = f.change(path, body)
	}
	if body == nil {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(body)
}

// client is one that knows the log's key and keeps what it sees.
type client struct {
	t *testing.T
	options
}

func (f *fakeLog) client() client {
	server := httptest.NewServer(f)
	f.t.Cleanup(server.Close)
	c := client{f.t, options{url: server.URL + "/ledger", head: "checkpoint", user: user, state: f.t.TempDir()}}
	c.keys = c.file("keys", f.key+"\n")
	return c
}

func (c client) file(name, content string) string {
	path := filepath.Join(c.t.TempDir(), name)
	must(c.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// holds runs it and compares the summary.
func (c client) holds(want string) {
	c.t.Helper()
	var out bytes.Buffer
	if err := run(c.options, &out); err != nil {
		c.t.Fatal(err)
	}
	if got := strings.TrimSpace(out.String()); got != want {
		c.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// fails runs it and looks for the words in what it says.
func (c client) fails(want string) {
	c.t.Helper()
	var out bytes.Buffer
	err := run(c.options, &out)
	if err == nil || !strings.Contains(err.Error(), want) {
		c.t.Fatalf("got the error %v and the output %q, want an error with %q", err, out.String(), want)
	}
}

// witness cosigns as c2sp.org/tlog-cosignature wants it.
type witness struct {
	cosignatureVerifier
	private ed25519.PrivateKey
}

func newWitness(t *testing.T, name string) witness {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return witness{cosignatureVerifier{name, cosignatureHash(name, public), public}, private}
}

func (w witness) vkey() string {
	key := base64.StdEncoding.EncodeToString(append([]byte{cosignatureV1}, w.key...))
	return fmt.Sprintf("%s+%08x+%s", w.name, w.hash, key)
}

func (w witness) Sign(text []byte) ([]byte, error) {
	const time = 1_700_000_000
	message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", time, text)
	return append(binary.BigEndian.AppendUint64(nil, time), ed25519.Sign(w.private, message)...), nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
