package form

import "strings"

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
	for _, c := range s[4:] + s[:4] {
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
