package form

import (
	"encoding/json"
	"reflect"
	"testing"
)

// What ownList reads, encoding/json reads the same; what it does not, is left
// to encoding/json.
func TestOwnList(t *testing.T) {
	for _, c := range []struct {
		json string
		ok   bool
	}{
		{`{"dogs":{"ids":[1],"next":2,"done":true}}`, true},
		{`{"dogs":{"ids":[1,3,12],"next":13,"done":false}}`, true},
		{`{"dogs":{"ids":[],"next":1,"done":false}}`, true},
		{`{"dogs":{"ids":[1,],"next":2,"done":true}}`, false},
		{`{"dogs":{"ids":[01],"next":2,"done":true}}`, false},
		{`{"dogs":{"ids":[1],"next":2,"done":true}} `, false},
		{`{"dogs":{"ids":[1],"next":12345678901,"done":true}}`, false},
		{`{"cats":{"ids":[1],"next":2,"done":true}}`, false},
		{`{"dogs":{"next":2,"ids":[1],"done":true}}`, false},
		{`{"dogs":{"ids":[1],"next":2,"done":truefalse}}`, false},
		{``, false},
	} {
		got, ok := ownList("dogs", []byte(c.json))
		if ok != c.ok {
			t.Errorf("%s: ok %v", c.json, ok)
			continue
		}
		if !ok {
			continue
		}
		var want map[string]storedList
		if err := json.Unmarshal([]byte(c.json), &want); err != nil {
			t.Fatal(err)
		}
		if len(got.IDs) == 0 {
			got.IDs = []int{}
		}
		if !reflect.DeepEqual(got, want["dogs"]) {
			t.Errorf("%s: %+v, want %+v", c.json, got, want["dogs"])
		}
	}
}
