package solution

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Delivery is what delivery.yaml says of how an application leaves the portal
// for a specialist system. The zero value is that of a solution without one.
type Delivery struct {
	// Schema is the URI of the JSON Schema of what is sent: the one that
	// leitportal form schema prints.
	Schema string `yaml:"schema"`
	// Services are the public services it is sent for, as
	// urn:de:fim:leika:leistung:<14 digits>.
	Services []string `yaml:"services"`
	// Destination is the name of the text parameter in which an authority
	// states its destination there; "" where a solution leaves it to the portal.
	Destination string `yaml:"destination"`
}

// serviceURN comes before the LeiKa key in the name of a service (FIM; as
// FIT-Connect has it).
const serviceURN = "urn:de:fim:leika:leistung:"

// loadDelivery reads delivery.yaml, where there is one.
func (v *Version) loadDelivery() error {
	err := readYAML(v.files, "delivery.yaml", &v.Delivery)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("delivery.yaml: "+format, args...)) }
	d := v.Delivery
	urn := "urn:leitportal:" + v.ID + ":" + v.Manifest.Version + ":payload"
	ending := "/" + v.ID + "/" + v.Manifest.Version + "/payload.schema.json"
	if d.Schema != urn && (!strings.HasPrefix(d.Schema, "https://") || !strings.HasSuffix(d.Schema, ending)) {
		bad("schema %q is neither %s nor an https address that ends in %s", d.Schema, urn, ending)
	}
	if len(d.Services) == 0 {
		bad("services is empty")
	}
	for _, s := range d.Services {
		key, is := strings.CutPrefix(s, serviceURN)
		if !is || !digits(key, 14) {
			bad("%q is not %s and 14 digits", s, serviceURN)
		} else if !slices.ContainsFunc(v.Services, func(own Service) bool { return own.Online && own.LeiKa == key }) {
			bad("solution.yaml has no online service with the key %s", key)
		}
	}
	if d.Destination != "" && v.params[d.Destination].Type != "text" {
		bad("destination: there is no parameter %q of type text", d.Destination)
	}
	return errors.Join(errs...)
}
