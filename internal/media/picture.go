package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
)

// MaxPixels is the most memory that the pixels of one picture may take, in
// bytes: a photograph of 48 megapixels does.
const MaxPixels = 160 << 20

// maxScans is the most layers of which a JPEG may be built up; ten are usual. A
// scan of a few bytes goes over the whole picture once more.
const maxScans = 64

// Errors of pictures.
var (
	// ErrBroken says that a picture cannot be drawn.
	ErrBroken = errors.New("media: the picture is damaged")
	// ErrHuge says that a picture has more pixels than fit into MaxPixels.
	ErrHuge = errors.New("media: the picture has too many pixels")
)

// Header is what is known of a picture before it is drawn.
type Header struct {
	Width, Height int
	Memory        int64 // that drawing it takes, in bytes
	turn          int   // EXIF orientation, 1 to 8
	layers        bool  // a JPEG that is built up scan by scan
}

// ReadHeader reads what comes before the pixels of a JPEG or PNG: ErrBroken
// for anything else, ErrHuge where drawing takes more than MaxPixels.
func ReadHeader(r io.Reader, typ string) (h Header, err error) {
	br := bufio.NewReader(r)
	switch typ {
	case JPEG:
		h, err = jpegHeader(br)
	case PNG:
		h, err = pngHeader(br)
	default:
		err = ErrBroken
	}
	switch {
	case err != nil:
		return h, broken(err)
	case h.Width <= 0 || h.Height <= 0:
		return h, ErrBroken
	case h.Memory > MaxPixels:
		return h, ErrHuge
	}
	return h, nil
}

// broken keeps the errors of the reader, other than its end.
func broken(err error) error {
	var format jpeg.FormatError
	var unsupported jpeg.UnsupportedError
	var pngFormat png.FormatError
	var pngUnsupported png.UnsupportedError
	if err == io.EOF || err == io.ErrUnexpectedEOF || errors.As(err, &format) || errors.As(err, &unsupported) || errors.As(err, &pngFormat) || errors.As(err, &pngUnsupported) {
		return ErrBroken
	}
	return err
}

// jpegHeader walks the segments up to the pixels.
func jpegHeader(r *bufio.Reader) (h Header, err error) {
	h.turn = 1
	var b [4]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil || b[0] != 0xff || b[1] != 0xd8 {
		return h, errors.Join(err, ErrBroken)
	}
	for {
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return h, err
		}
		for b[0] != 0xff { // as image/jpeg does: bytes between segments are skipped
			b[0] = b[1]
			if b[1], err = r.ReadByte(); err != nil {
				return h, err
			}
		}
		marker := b[1]
		for marker == 0xff {
			if marker, err = r.ReadByte(); err != nil {
				return h, err
			}
		}
		if marker == 0 || marker >= 0xd0 && marker <= 0xd7 {
			continue
		}
		if marker == 0xd9 {
			return h, ErrBroken // the end, before any pixels
		}
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return h, err
		}
		n := int(binary.BigEndian.Uint16(b[:2])) - 2
		if n < 0 {
			return h, ErrBroken
		}
		if marker == 0xda {
			return h, nil
		}
		segment := make([]byte, n) // at most 64 KiB
		if _, err := io.ReadFull(r, segment); err != nil {
			return h, err
		}
		switch {
		case marker == 0xe1 && h.turn == 1:
			h.turn = orientation(segment)
		case marker >= 0xc0 && marker <= 0xc2:
			if len(segment) < 6 {
				return h, ErrBroken
			}
			h.Height, h.Width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
			h.layers = marker == 0xc2
			h.Memory = jpegMemory(int64(h.Width)*int64(h.Height), segment[5:], h.layers)
		}
	}
}

// jpegMemory estimates what image/jpeg takes: a byte for each sample, four more
// for a picture that comes in layers, and as much as the picture again for one
// that is turned.
func jpegMemory(pixels int64, components []byte, layers bool) int64 {
	n := int(components[0])
	per := int64(n) * 2 // halves of a sample for each pixel
	if n == 3 && len(components) >= 10 {
		if components[2] == 0x22 && components[5] == 0x11 && components[8] == 0x11 {
			per = 3
		}
		if components[2] == 0x21 && components[5] == 0x11 && components[8] == 0x11 {
			per = 4
		}
	}
	each := int64(1)
	if layers {
		each = 5
	}
	return pixels * per * each / 2
}

// orientation reads the EXIF orientation of an APP1 segment, 1 where it has
// none.
func orientation(segment []byte) int {
	if len(segment) < 14 || string(segment[:6]) != "Exif\x00\x00" {
		return 1
	}
	return tiffOrientation(segment[6:])
}

func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	for i := range int64(order.Uint16(tiff[at:])) {
		entry := at + 2 + i*12
		if entry+12 > int64(len(tiff)) {
			return 1
		}
		const tagOrientation, typeShort = 0x0112, 3
		if order.Uint16(tiff[entry:]) == tagOrientation && order.Uint16(tiff[entry+2:]) == typeShort {
			if v := int(order.Uint16(tiff[entry+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

// pngHeader reads IHDR, and eXIf where it stands before the pixels.
func pngHeader(r *bufio.Reader) (h Header, err error) {
	h.turn = 1
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil || string(b[:]) != "\x89PNG\r\n\x1a\n" {
		return h, errors.Join(err, ErrBroken)
	}
	for first := true; ; first = false {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return h, err
		}
		n, name := int64(binary.BigEndian.Uint32(b[:])), string(b[4:])
		switch {
		case first != (name == "IHDR"), first && n != 13:
			return h, ErrBroken
		case name == "IDAT":
			return h, nil
		case name == "IHDR", name == "eXIf" && n < 1<<16:
			chunk := make([]byte, n)
			if _, err := io.ReadFull(r, chunk); err != nil {
				return h, err
			}
			if name == "eXIf" {
				h.turn = tiffOrientation(chunk)
			} else {
				w, height := int64(binary.BigEndian.Uint32(chunk)), int64(binary.BigEndian.Uint32(chunk[4:]))
				if w > 1<<20 || height > 1<<20 {
					return h, ErrHuge
				}
				h.Width, h.Height = int(w), int(height)
				h.Memory = w * height * 4
				if chunk[8] == 16 {
					h.Memory *= 2
				}
			}
			n = 0
		}
		if _, err := io.CopyN(io.Discard, r, n+4); err != nil { // and its sum
			return h, err
		}
	}
}

// Redraw draws the picture that r gives anew and writes it to w: turned as it
// is to be seen, and without anything that is not to be seen. r is read from
// the beginning, h is its header; quality is that of a JPEG, 1 to 100. It is
// ErrBroken where r is no whole picture. It takes h.Memory, twice for one that
// lies on its side, and up to three times for one in the colours of print (CMYK).
func (h Header) Redraw(w io.Writer, r io.Reader, typ string, quality int) error {
	var img image.Image
	var err error
	switch typ {
	case JPEG:
		if h.layers {
			r = &scans{r: r}
		}
		img, err = jpeg.Decode(r)
	case PNG:
		img, err = png.Decode(r)
	default:
		return ErrBroken
	}
	if err != nil {
		return broken(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(h.Width, h.Height) {
		return ErrBroken
	}
	img = turned(img, h.turn)
	bw := bufio.NewWriterSize(w, 64<<10)
	if typ == PNG {
		err = png.Encode(bw, img)
	} else {
		err = jpeg.Encode(bw, img, &jpeg.Options{Quality: quality})
	}
	return errors.Join(err, bw.Flush())
}

// scans is a JPEG that ends, as ErrBroken, with more than maxScans of them. It
// counts the marks that begin one, wherever they stand: among the pixels they
// mean nothing else.
type scans struct {
	r   io.Reader
	n   int
	was byte // the last byte
}

// Read implements io.Reader.
func (s *scans) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for _, b := range p[:n] {
		if s.was == 0xff && b == 0xda {
			s.n++
		}
		s.was = b
	}
	if s.n > maxScans {
		return 0, ErrBroken
	}
	return n, err
}

// turned is img as it is to be seen by its EXIF orientation.
func turned(img image.Image, turn int) image.Image {
	if turn == 1 {
		return img
	}
	size := img.Bounds().Size()
	if turn >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	rect := image.Rectangle{Max: size}
	switch img := img.(type) {
	case *image.Gray:
		out := image.NewGray(rect)
		turnPlane(out.Pix, out.Stride, img.Pix, img.Stride, img.Rect.Dx(), img.Rect.Dy(), 1, turn)
		return out
	case *image.YCbCr:
		ratio := img.SubsampleRatio
		if turn >= 5 {
			switch ratio {
			case image.YCbCrSubsampleRatio422:
				ratio = image.YCbCrSubsampleRatio440
			case image.YCbCrSubsampleRatio440:
				ratio = image.YCbCrSubsampleRatio422
			}
		}
		if even(img.Rect.Max) && (ratio == image.YCbCrSubsampleRatio420 || ratio == image.YCbCrSubsampleRatio422 || ratio == image.YCbCrSubsampleRatio440) || ratio == image.YCbCrSubsampleRatio444 {
			out := image.NewYCbCr(rect, ratio)
			cw, ch := chroma(img)
			turnPlane(out.Y, out.YStride, img.Y, img.YStride, img.Rect.Dx(), img.Rect.Dy(), 1, turn)
			turnPlane(out.Cb, out.CStride, img.Cb, img.CStride, cw, ch, 1, turn)
			turnPlane(out.Cr, out.CStride, img.Cr, img.CStride, cw, ch, 1, turn)
			return out
		}
	}
	from, ok := img.(*image.NRGBA)
	if !ok {
		from = image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
		draw.Draw(from, from.Rect, img, img.Bounds().Min, draw.Src)
	}
	out := image.NewNRGBA(rect)
	turnPlane(out.Pix, out.Stride, from.Pix, from.Stride, from.Rect.Dx(), from.Rect.Dy(), 4, turn)
	return out
}

// even tells whether both sides are, so that the colours of a picture, which
// are kept for two pixels at once, stay where they are when it is turned.
func even(p image.Point) bool { return p.X%2 == 0 && p.Y%2 == 0 }

func chroma(img *image.YCbCr) (w, h int) {
	w, h = img.Rect.Dx(), img.Rect.Dy()
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		return w / 2, h / 2
	case image.YCbCrSubsampleRatio422:
		return w / 2, h
	case image.YCbCrSubsampleRatio440:
		return w, h / 2
	}
	return w, h
}

// turnPlane turns w × h samples of the given size.
func turnPlane(out []byte, outStride int, in []byte, inStride, w, h, size, turn int) {
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turn {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out[ty*outStride+tx*size:][:size], in[y*inStride+x*size:][:size])
		}
	}
}
