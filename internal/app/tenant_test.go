package app

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"leitportal/internal/clock"
	"leitportal/internal/tenant"
)

func TestSettingsFileIsReadAsItIsWritten(t *testing.T) {
	want := tenant.Settings{
		Name:    "Stadt Beispiel",
		Contact: tenant.Contact{Office: "Rathaus", Street: "Markt 1", PostalCode: "33098", Town: "Beispiel", Phone: "05251 000000"},
		Hours:   []tenant.Hours{{Day: time.Monday, From: "08:00", To: "12:30"}},
		Officer: "datenschutz@beispiel.example",
	}
	b, err := settingsYAML(want)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "day: monday") {
		t.Errorf("days are not named:\n%s", b)
	}
	got, err := parseSettings(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSettingsFileRefuses(t *testing.T) {
	for file, why := range map[string]string{
		"contact: {telephone: 1}":                    "telephone",
		"hours: [{day: mo, from: 1, to: 2}]":         `"mo" is no day`,
		"name: [1]":                                  "name",
		"hours: [{day: monday, from: 8:00, zu: 12}]": "zu",
	} {
		if _, err := parseSettings([]byte(file)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestNoTenantTakesThePortalsOwnHost(t *testing.T) {
	a := start(t, clock.System())
	r := resolver{a.tenants, map[string]string{"portal.example": "057740032032", "town.example": "057740032032"}, hostOf("https://Portal.example:8443/")}
	if id, _, ok := r.Resolve("portal.example", "suche"); ok {
		t.Errorf("the portal's own host leads to %s", id)
	}
	if id, base, ok := r.Resolve("town.example", "suche"); !ok || id != "057740032032" || base != "" {
		t.Error(id, base, ok)
	}
}
