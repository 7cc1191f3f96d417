package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// trust is whose signatures count: the log's own, and those of witnesses.
type trust struct {
	log       []note.Verifier
	witnesses []note.Verifier
}

func readKeys(log, witnesses string) (trust, error) {
	var t trust
	var err error
	if t.log, err = readVerifiers(log, note.NewVerifier); err != nil {
		return t, err
	}
	if len(t.log) == 0 {
		return t, fmt.Errorf("%s holds no key", log)
	}
	if witnesses != "" {
		t.witnesses, err = readVerifiers(witnesses, newCosignatureVerifier)
	}
	return t, err
}

func readVerifiers(path string, parse func(string) (note.Verifier, error)) ([]note.Verifier, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var verifiers []note.Verifier
	for _, line := range strings.Fields(string(text)) {
		verifier, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		verifiers = append(verifiers, verifier)
	}
	return verifiers, nil
}

// verifiers knows all keys, so that a bad signature by any of them is an error.
func (t trust) verifiers() note.Verifiers {
	return note.VerifierList(append(append([]note.Verifier{}, t.log...), t.witnesses...)...)
}

// allCosigned fails unless each witness signed the checkpoint.
func (t trust) allCosigned(c checkpoint) error {
	for _, witness := range t.witnesses {
		if !signedBy(c.cosigned, witness) {
			return fmt.Errorf("checkpoint of size %d: no cosignature of %s", c.tree.N, witness.Name())
		}
	}
	return nil
}

func signedBy(signatures []note.Signature, by ...note.Verifier) bool {
	for _, signature := range signatures {
		for _, verifier := range by {
			if signature.Name == verifier.Name() && signature.Hash == verifier.KeyHash() {
				return true
			}
		}
	}
	return false
}

// cosignature/v1 of c2sp.org/tlog-cosignature, which Go's note package leaves to others.
const (
	cosignatureV1   = 0x04
	cosignatureSize = 8 + ed25519.SignatureSize // a timestamp comes first
)

type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (v cosignatureVerifier) Name() string    { return v.name }
func (v cosignatureVerifier) KeyHash() uint32 { return v.hash }

func (v cosignatureVerifier) Verify(text, signature []byte) bool {
	if len(signature) != cosignatureSize {
		return false
	}
	message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(v.key, message, signature[8:])
}

// newCosignatureVerifier parses NAME+HASH+BASE64, the last of the type's byte and the public key.
func newCosignatureVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" {
		return nil, fmt.Errorf("want NAME+HASH+KEY")
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureV1 {
		return nil, fmt.Errorf("not a key of a witness: want the byte 0x04 and 32 more")
	}
	if uint32(hash) != cosignatureHash(parts[0], key[1:]) {
		return nil, fmt.Errorf("the hash is not that of its name and key")
	}
	return cosignatureVerifier{parts[0], uint32(hash), key[1:]}, nil
}

func cosignatureHash(name string, public ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n\x04"), public...))
	return binary.BigEndian.Uint32(sum[:])
}
