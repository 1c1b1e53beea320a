package form

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"leitportal/internal/i18n"
)

// ibanLength is the length of the IBANs of each country, from the SWIFT IBAN
// registry (release 99, as published in its public PDF; checked by hand, not
// against a machine-readable copy). 0 is a country without IBANs.
func ibanLength(country string) int {
	const table = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 "
	if i := strings.Index(table, country); len(country) == 2 && i >= 0 && i%5 == 0 {
		return int(table[i+2]-'0')*10 + int(table[i+3]-'0')
	}
	return 0
}

func inList(list, country string) bool {
	return len(country) == 2 && strings.Contains(list, country+" ")
}

// isEEA tells whether a country belongs to the European Economic Area.
func isEEA(country string) bool {
	return inList("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK ", country)
}

// isSEPA tells whether payments in the country follow the SEPA schemes
// (European Payments Council, list EPC409-09, as of October 2025).
func isSEPA(country string) bool {
	return isEEA(country) || inList("AD AL CH GB GI GG IM JE MC MD ME MK RS SM VA ", country)
}

// ibanTrouble is what is wrong with an IBAN without spaces, as the key of a
// text, or "".
func ibanTrouble(s string) string {
	if len(s) < 4 {
		return "iban_short"
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return "iban_chars"
		}
	}
	switch want := ibanLength(s[:2]); {
	case want == 0:
		return "iban_country"
	case len(s) != want:
		return "iban_length"
	}
	sum := 0
	for i := range len(s) {
		c := s[(i+4)%len(s)] // the first four come last
		if c >= 'A' {
			sum = (sum*100 + int(c-'A') + 10) % 97
		} else {
			sum = (sum*10 + int(c-'0')) % 97
		}
	}
	if sum != 1 {
		return "iban_check"
	}
	return ""
}

// bicTrouble is what is wrong with a BIC (ISO 9362) in capitals, or "".
func bicTrouble(s string) string {
	if len(s) != 8 && len(s) != 11 {
		return "bic"
	}
	for i := range len(s) {
		letter, digit := s[i] >= 'A' && s[i] <= 'Z', s[i] >= '0' && s[i] <= '9'
		if !letter && (!digit || i == 4 || i == 5) {
			return "bic"
		}
	}
	return ""
}

// chipTrouble is what is wrong with a transponder number of 15 digits (ISO
// 11784, ISO 11785), or "". The first three digits name the country (ISO 3166
// numeric) or, from 900, the maker; the other twelve come from 38 bits. There
// is no check digit.
func chipTrouble(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "chip_chars"
		}
	}
	if len(s) != 15 {
		return "chip_length"
	}
	const countries = "004 008 010 012 016 020 024 028 031 032 036 040 044 048 050 051 052 056 060 064 068 070 072 074 076 084 086 090 092 096 100 104 108 112 116 120 124 132 136 140 144 148 152 156 158 162 166 170 174 175 178 180 184 188 191 192 196 203 204 208 212 214 218 222 226 231 232 233 234 238 239 242 246 248 250 254 258 260 262 266 268 270 275 276 288 292 296 300 304 308 312 316 320 324 328 332 334 336 340 344 348 352 356 360 364 368 372 376 380 384 388 392 398 400 404 408 410 414 417 418 422 426 428 430 434 438 440 442 446 450 454 458 462 466 470 474 478 480 484 492 496 498 499 500 504 508 512 516 520 524 528 531 533 534 535 540 548 554 558 562 566 570 574 578 580 581 583 584 585 586 591 598 600 604 608 612 616 620 624 626 630 634 638 642 643 646 652 654 659 660 662 663 666 670 674 678 682 686 688 690 694 702 703 704 705 706 710 716 724 728 729 732 740 744 748 752 756 760 762 764 768 772 776 780 784 788 792 795 796 798 800 804 807 818 826 831 832 833 834 840 850 854 858 860 862 876 882 887 894 "
	if s[0] != '9' && !strings.Contains(countries, s[:3]+" ") {
		return "chip_prefix"
	}
	if s[3:] > "274877906943" {
		return "chip_number"
	}
	return ""
}

// taxIDTrouble is what is wrong with a German tax identification number, or "":
// eleven digits, of which the first is not 0 (those are for tests), one digit
// of the first ten stands there twice or three times (not three in a row) and
// no other twice, and the last is the check digit of ISO 7064, MOD 11,10.
// Source: § 139b AO and § 1 StIdV; Bundeszentralamt für Steuern, rules for the
// check of identification numbers from 2016 on.
func taxIDTrouble(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "taxid_chars"
		}
	}
	if len(s) != 11 {
		return "taxid_length"
	}
	var times [10]int
	repeated, product := 0, 10
	for i := range 10 {
		d := int(s[i] - '0')
		times[d]++
		if times[d] == 2 {
			repeated++
		}
		sum := (d + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
		if times[d] > 3 || i >= 2 && s[i] == s[i-1] && s[i] == s[i-2] {
			return "taxid_digits"
		}
	}
	switch {
	case repeated != 1 || s[0] == '0':
		return "taxid_digits"
	case (11-product)%10 != int(s[10]-'0'):
		return "taxid_check"
	}
	return ""
}

func showTaxID(_ *field, v Value, _ i18n.Lang) string {
	s := v.(string)
	if len(s) != 11 {
		return s
	}
	return s[:2] + " " + s[2:5] + " " + s[5:8] + " " + s[8:]
}

// readPhone makes a number of ITU-T E.164 of what people write: 05251 88-0,
// 0049 (0) 5251/880, +49 5251 880. A national number is German. What does not
// become one is refused.
func readPhone(_ *field, s string, _ i18n.Lang) (Value, issue) {
	n := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		if strings.ContainsRune(" /-.()\u2010\u2011\u2013", r) {
			return -1
		}
		return '?'
	}, strings.Replace(s, "(0)", "", 1))
	switch {
	case strings.HasPrefix(n, "+"):
	case strings.HasPrefix(n, "00"):
		n = "+" + n[2:]
	case strings.HasPrefix(n, "0"):
		n = "+49" + n[1:]
	}
	if rest, ok := strings.CutPrefix(n, "+490"); ok {
		n = "+49" + rest
	}
	if !isE164(n) {
		return s, issue{key: "form.phone"}
	}
	return n, issue{}
}

func isE164(s string) bool {
	return len(s) >= 8 && len(s) <= 16 && s[0] == '+' && s[1] != '0' && strings.Trim(s[1:], "0123456789") == ""
}

// isPhone also takes what was stored before numbers were made E.164.
func isPhone(s string) bool {
	n := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r == '+' && i == 0, r == ' ', r == '/', r == '-', r == '(', r == ')':
		default:
			return false
		}
	}
	return n >= 4 && n <= 15
}

// showPhone parts the country from the rest (ITU-T E.164, list of assigned
// country codes); where the area ends cannot be told from the number.
func showPhone(_ *field, v Value, _ i18n.Lang) string {
	s := v.(string)
	if !isE164(s) {
		return s
	}
	const two = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "
	n := 4
	switch {
	case s[1] == '1' || s[1] == '7':
		n = 2
	case strings.Contains(two, s[1:3]+" "):
		n = 3
	}
	return s[:n] + " " + s[n:]
}

// A German licence plate: district, letters, number, E (electric) or H
// (historic), months of the season (FZV, annex 2 and 3).
var (
	platePattern = regexp.MustCompile(`^([A-ZÄÖÜ]{1,3})[ :-]+([A-Z]{1,2})[ -]*([1-9][0-9]{0,3}) ?([EH]?)(?:[ (]+(0?[1-9]|1[0-2]) ?[-/–] ?(0?[1-9]|1[0-2])\)?)?$`)
	plateGlued   = regexp.MustCompile(`^[A-ZÄÖÜ]{2,5}[ -]*[1-9][0-9]{0,3}`)
)

// readPlate makes "PB-AB 123E 04-10" of what people write; the district must
// be parted from the letters, for PBA B and PB AB are two plates.
func readPlate(_ *field, s string, _ i18n.Lang) (Value, issue) {
	s = strings.ToUpper(s)
	m := platePattern.FindStringSubmatch(s)
	switch {
	case m == nil && plateGlued.MatchString(s):
		return nil, issue{key: "form.plate_split"}
	case m == nil:
		return nil, issue{key: "form.plate"}
	case utf8.RuneCountInString(m[1]+m[2]+m[3]+m[4]) > 8:
		return nil, issue{key: "form.plate_length"}
	}
	plate := m[1] + "-" + m[2] + " " + m[3] + m[4]
	if m[5] == "" {
		return plate, issue{}
	}
	from, _ := strconv.Atoi(m[5])
	to, _ := strconv.Atoi(m[6])
	if n := (to-from+12)%12 + 1; n < 2 || n > 11 {
		return nil, issue{key: "form.plate_season"}
	}
	return plate + " " + two(from) + "-" + two(to), issue{}
}

func isPlate(s string) bool {
	v, iss := readPlate(nil, s, "")
	return iss.key == "" && v == s
}
