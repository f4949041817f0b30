// Checks a ledger's checkpoints and proofs with the code that checks Go's own checksum database.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Key         string   `json:"key"`
	Checkpoint  string   `json:"checkpoint"`
	Index       int64    `json:"index"`
	Leaf        string   `json:"leaf"`
	Inclusion   []string `json:"inclusion"`
	Earlier     string   `json:"earlier"`
	Consistency []string `json:"consistency"`
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail("question", err)
	}
	verifier, err := note.NewVerifier(asked.Key)
	if err != nil {
		fail("key", err)
	}
	size, root := open("checkpoint", asked.Checkpoint, verifier)
	leaf := tlog.RecordHash([]byte(asked.Leaf))
	if err := tlog.CheckRecord(hashes(asked.Inclusion), size, root, asked.Index, leaf); err != nil {
		fail("inclusion", err)
	}
	earlierSize, earlierRoot := open("earlier checkpoint", asked.Earlier, verifier)
	if err := tlog.CheckTree(hashes(asked.Consistency), size, root, earlierSize, earlierRoot); err != nil {
		fail("consistency", err)
	}
	fmt.Println("accepted")
}

func open(what, text string, verifier note.Verifier) (int64, tlog.Hash) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		fail(what, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		fail(what, fmt.Errorf("%d lines", len(lines)))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail(what, err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail(what, err)
	}
	return size, root
}

func hashes(texts []string) []tlog.Hash {
	all := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		bytes, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			fail("proof", err)
		}
		copy(all[i][:], bytes)
	}
	return all
}

func fail(what string, err error) {
	fmt.Printf("%s: %v\n", what, err)
	os.Exit(1)
}
