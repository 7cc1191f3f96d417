package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	height    = 8 // of every tile in c2sp.org/tlog-tiles
	tileWidth = 1 << height
	maxBody   = tileWidth * (2 + 1<<16) // of a full bundle of the largest entries; nothing else is as large
)

var errNotFound = errors.New("not found")

// remoteLog reads a log by the paths of c2sp.org/tlog-tiles. It is a tlog.TileReader.
type remoteLog struct {
	url, user, password string
	client              http.Client
	tiles               map[string][]byte // by path, so that each is asked for once
}

func newLog(url, user string) *remoteLog {
	name, password, _ := strings.Cut(user, ":")
	return &remoteLog{
		url: strings.TrimSuffix(url, "/"), user: name, password: password,
		client: http.Client{Timeout: 30 * time.Second}, tiles: map[string][]byte{},
	}
}

func (l *remoteLog) get(path string, asUser bool) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, l.url+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if asUser {
		request.SetBasicAuth(l.user, l.password)
	}
	response, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case response.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", path, errNotFound)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s: %.200s", path, response.Status, body)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case len(body) > maxBody:
		return nil, fmt.Errorf("%s: more than %d bytes", path, maxBody)
	}
	return body, nil
}

func (l *remoteLog) checkpoint(path string, trust trust) (checkpoint, error) {
	signed, err := l.get(path, false)
	if err != nil {
		return checkpoint{}, err
	}
	return openCheckpoint(signed, trust)
}

// c2spPath is the tile's path: Go's own names the height too, and the level of entries "data".
func c2spPath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// getTile asks for the tile as wide as it is in the tree at hand. A partial one may be gone once the full one is there,
// which begins with the same bytes; of the two, the full one is told by its second result.
func (l *remoteLog) getTile(t tlog.Tile, asUser bool) ([]byte, bool, error) {
	data, err := l.get(c2spPath(t), asUser)
	if t.W == tileWidth || !errors.Is(err, errNotFound) {
		return data, t.W == tileWidth, err
	}
	t.W = tileWidth
	data, fullErr := l.get(c2spPath(t), asUser)
	if fullErr != nil {
		return nil, false, errors.Join(err, fullErr)
	}
	return data, true, nil
}

// Height is that of each tile.
func (l *remoteLog) Height() int { return height }

// ReadTiles gives what the server says, for tlog to check against a root.
func (l *remoteLog) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, 0, len(tiles))
	for _, t := range tiles {
		data, known := l.tiles[c2spPath(t)]
		if !known {
			var err error
			var full bool
			if data, full, err = l.getTile(t, false); err != nil {
				return nil, err
			}
			width := t.W
			if full {
				width = tileWidth
			}
			if len(data) != width*tlog.HashSize {
				return nil, fmt.Errorf("%s: %d bytes, want %d hashes", c2spPath(t), len(data), width)
			}
			data = data[:t.W*tlog.HashSize]
			l.tiles[c2spPath(t)] = data
		}
		all = append(all, data)
	}
	return all, nil
}

// SaveTiles does nothing: a run ends before its tiles could be of use again.
func (l *remoteLog) SaveTiles([]tlog.Tile, [][]byte) {}

// checkTiles proves each tile of leaves, and those above it, to be of the tree, and counts the former.
func (l *remoteLog) checkTiles(tree tlog.Tree) (int, error) {
	hashes := tlog.TileHashReader(tree, l)
	tiles := 0
	for first := int64(0); first < tree.N; first += tileWidth {
		if _, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, first)}); err != nil {
			return tiles, fmt.Errorf("tile of leaf %d: %w", first, err)
		}
		tiles++
	}
	return tiles, nil
}

// provenEntries reads all entries, and proves each to be the leaf of its index.
func (l *remoteLog) provenEntries(tree tlog.Tree) ([][]byte, error) {
	var entries [][]byte
	hashes := tlog.TileHashReader(tree, l)
	for first := int64(0); first < tree.N; first += tileWidth {
		width := min(tileWidth, int(tree.N-first))
		bundle, err := l.bundle(tlog.Tile{H: height, L: -1, N: first / tileWidth, W: width})
		if err != nil {
			return nil, err
		}
		for offset, entry := range bundle {
			index := first + int64(offset)
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			if err != nil {
				return nil, fmt.Errorf("entry %d: %w", index, err)
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
				return nil, fmt.Errorf("entry %d is not the leaf of the tree: %w", index, err)
			}
		}
		entries = append(entries, bundle...)
	}
	return entries, nil
}

// bundle reads entries, each after its length in two bytes.
func (l *remoteLog) bundle(t tlog.Tile) ([][]byte, error) {
	data, full, err := l.getTile(t, true)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s: ends within entry %d", c2spPath(t), len(entries))
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	width := t.W
	if full {
		width = tileWidth
	}
	if len(entries) != width {
		return nil, fmt.Errorf("%s: %d entries, want %d", c2spPath(t), len(entries), width)
	}
	return entries[:t.W], nil
}
