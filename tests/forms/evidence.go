package forms

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"time"

	"leitportal/internal/pdf"
)

// evidence is a small file of a media type, as people upload it.
func evidence(mediaType, name string) ([]byte, error) {
	var b bytes.Buffer
	photo := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for i := range 48 {
		photo.Set(i, i*32/48, color.RGBA{200, 30, 90, 255})
	}
	switch mediaType {
	case "application/pdf":
		doc := pdf.New(nil, pdf.Meta{Title: name, Lang: "de", Created: time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)})
		doc.H1(name)
		doc.P("Nachweis")
		return doc.Bytes(), nil
	case "image/jpeg":
		err := jpeg.Encode(&b, photo, nil)
		return b.Bytes(), err
	case "image/png":
		err := png.Encode(&b, photo)
		return b.Bytes(), err
	}
	return nil, fmt.Errorf("there is no evidence of type %q", mediaType)
}
