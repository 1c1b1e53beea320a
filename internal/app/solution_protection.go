package app

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"leitportal/internal/clock"
	"leitportal/internal/form"
	"leitportal/internal/i18n"
	"leitportal/internal/solution"
	"leitportal/internal/tenant"
)

// aimless are the fields of a form that are asked for no purpose (Art. 5 (1) (b)
// GDPR).
func aimless(p *form.Program) []string {
	var out []string
	for _, f := range p.Inspect().Fields {
		if f.Node.Purpose == "" {
			out = append(out, f.Path)
		}
	}
	return out
}

type solutionProtectionCmd struct {
	Tenant   string `arg:"" help:"Municipality, as slug or ARS."`
	Solution string `arg:"" help:"The solution."`
}

// Run prints, in German, what data protection law wants written down.
func (c solutionProtectionCmd) Run(p *process) error {
	return p.with(func(a *App) error {
		t, err := a.town(c.Tenant)
		if err != nil {
			return err
		}
		offer, err := a.solutions.Trial(t.ID, c.Solution, clock.Today(a.clock))
		if err != nil {
			return fmt.Errorf("%s neither offers nor prepares %s: %w", t.Name, c.Solution, err)
		}
		return a.writeProtection(p.out, t, offer)
	})
}

// gap stands where only the authority knows what belongs there.
const gap = "**[von der Behörde einzutragen]**"

// protection is what the documents on data protection are made of.
type protection struct {
	w     io.Writer
	t     *tenant.Tenant
	offer solution.Offer
	texts map[string]string // of bases and purposes, in German
	data  []form.FieldInfo
	today clock.Date
}

// writeProtection writes the information of Art. 13, the entry of the record of
// processing activities, the terms of erasure, and the beginning of an impact
// assessment, as Markdown in German. It says only what the package and the
// portal know, and marks what they do not.
func (a *App) writeProtection(w io.Writer, t *tenant.Tenant, offer solution.Offer) error {
	program, err := a.programs.of(offer.Version)
	if err != nil {
		return err
	}
	def, err := form.Load(offer.Version.Files())
	if err != nil {
		return err
	}
	contact := t.Entered.Contact
	address := strings.Join(slices.DeleteFunc([]string{contact.Street, strings.TrimSpace(contact.PostalCode + " " + contact.Town), contact.Phone, contact.Mail}, func(s string) bool { return s == "" }), ", ")
	facts, err := offer.Version.PrivacyFacts(i18n.DE, offer.Set, map[string]string{
		"authority": t.Name, "authority_contact": cmp.Or(address, gap), "dpo": cmp.Or(t.Entered.Officer, gap),
	}, func(string) string { return "" })
	if err != nil {
		return err
	}
	texts := map[string]string{}
	for key, text := range def.Texts[i18n.DE] {
		if strings.HasPrefix(key, "basis.") || strings.HasPrefix(key, "purpose.") {
			if texts[key], err = offer.Fill(i18n.DE, text); err != nil {
				return err
			}
		}
	}
	d := protection{w, t, offer, texts, program.Inspect().Fields, clock.Today(a.clock)}
	d.line("# Datenschutz: %s", offer.Version.Title.DE)
	d.line("%s, Fassung %s des Onlinedienstes, Stand %s. Erzeugt aus dem Paket; vor Gebrauch von der Behörde zu prüfen.", t.Name, offer.Version.Manifest.Version, i18n.FormatDate(i18n.DE, d.today))
	d.line("## Information nach Art. 13 DSGVO")
	for _, f := range facts {
		d.line("**%s** %s", f.Label, f.Value)
	}
	d.record(cmp.Or(address, gap))
	d.fields()
	d.terms()
	d.assessment()
	return nil
}

func (d protection) line(format string, args ...any) { fmt.Fprintf(d.w, format+"\n\n", args...) }

func (d protection) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(strings.Join(strings.Fields(c), " "), "|", "\\|")
	}
	fmt.Fprintf(d.w, "| %s |\n", strings.Join(cells, " | "))
}

func (d protection) table(heads ...string) {
	d.row(heads...)
	fmt.Fprintf(d.w, "|%s\n", strings.Repeat("---|", len(heads)))
}

// named lists, once each and in the order of the form, the texts of what the
// fields say.
func (d protection) named(kind string, of func(form.FieldInfo) string) string {
	var out []string
	for _, f := range d.data {
		if text := d.texts[kind+"."+of(f)]; text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, "; ")
}

func (d protection) special() []string {
	var out []string
	for _, f := range d.data {
		if f.Node.Sensitive != "" {
			out = append(out, d.label(f))
		}
	}
	return out
}

// label is how a field is asked for; its path where the words depend on values.
func (d protection) label(f form.FieldInfo) string {
	label := cmp.Or(f.Label, f.Declaration)
	if label == "" || strings.Contains(label, "{") {
		return f.Path
	}
	return label
}

func (d protection) record(address string) {
	v := d.offer.Version
	d.line("## Verzeichnis von Verarbeitungstätigkeiten (Art. 30 DSGVO)")
	d.table("Angabe", "Inhalt")
	d.row("Bezeichnung", v.Title.DE)
	d.row("Verantwortlich", d.t.Name+", "+d.offer.Set.Text("office_name", i18n.DE)+"; "+address)
	d.row("Datenschutzbeauftragte", cmp.Or(d.t.Entered.Officer, gap))
	d.row("Zwecke", d.named("purpose", func(f form.FieldInfo) string { return f.Node.Purpose }))
	d.row("Rechtsgrundlagen", d.named("basis", func(f form.FieldInfo) string { return f.Node.Basis }))
	d.row("Betroffene", "Wer den Antrag stellt, und wer darin genannt wird")
	d.row("Kategorien von Daten", fmt.Sprintf("%d Angaben, siehe unten; Zeitpunkte des Vorgangs, Nachrichten, Bescheide", len(d.data)))
	d.row("Besondere Kategorien (Art. 9 DSGVO)", cmp.Or(strings.Join(d.special(), "; "), "keine"))
	d.row("Empfänger", d.offer.Set.Text("office_name", i18n.DE)+"; Auftragsverarbeiter (Betrieb des Portals): "+gap)
	d.row("Drittländer", "Das Portal übermittelt nichts in ein Drittland. Betrieb: "+gap)
	d.row("Löschung", fmt.Sprintf("Entwürfe nach %d Tagen, Vorgänge nach %d Jahren, siehe unten", v.Retention.DraftDays, v.Retention.CaseYears))
	d.row("Schutz (Art. 32 DSGVO)", "Entwürfe, Anträge und Dateien liegen verschlüsselt; Antworten öffnet nur, wer den Schlüssel des Amts hat; jeder Zugriff wird aufgezeichnet; zweiter Faktor am Schreibtisch. Einzelheiten: docs/threats.md")
	fmt.Fprintln(d.w)
}

func (d protection) fields() {
	d.line("## Angaben im Einzelnen")
	d.table("Angabe", "Zweck", "Rechtsgrundlage", "Pflicht", "Art. 9 DSGVO")
	for _, f := range d.data {
		must, special := "freiwillig", ""
		if f.Node.Required || f.Kind == form.Confirm {
			must = "Pflicht, wo gefragt"
		}
		if f.Node.Sensitive == form.Health {
			special = "Gesundheit"
		}
		d.row(d.label(f), cmp.Or(d.texts["purpose."+f.Node.Purpose], gap), cmp.Or(d.texts["basis."+f.Node.Basis], gap), must, special)
	}
	fmt.Fprintln(d.w)
}

func (d protection) terms() {
	r := d.offer.Version.Retention
	d.line("## Löschfristen")
	d.table("Was", "Frist", "Beginn", "Wer löscht")
	d.row("Entwurf, mit Dateien", fmt.Sprintf("%d Tage", r.DraftDays), "letzte Änderung", "das Portal, von selbst")
	d.row("Antrag, Dateien, Nachrichten, Bescheide, Notizen", fmt.Sprintf("%d volle Jahre", r.CaseYears), "Ende des Jahres, in dem der Vorgang abgeschlossen wurde", "das Portal, nachts, in allen Räumen")
	d.row("Testfälle", "30 Tage", "Beginn", "das Portal, von selbst")
	d.row("Blatt im öffentlichen Protokoll", "bleibt; ohne sein Salz, das gelöscht wird, sagt es nichts", "", "")
	d.row("Sicherungen des Betriebs", gap, "", "wer das Portal betreibt")
	d.row("Akte im Fachverfahren", gap, "", "die Behörde; Angebot an das Archiv (§ 10 ArchivG NRW)")
	d.line("\nGrund: %s", r.Basis.DE)
}

func (d protection) assessment() {
	files := 0
	for _, f := range d.data {
		if f.Kind == form.Files {
			files++
		}
	}
	d.line("## Folgenabschätzung (Art. 35 DSGVO): Schwellwert und Entwurf")
	d.line("Was die Behörde zu beurteilen hat, ist gekennzeichnet. Dieser Entwurf entscheidet nicht, ob eine Folgenabschätzung nötig ist.")
	d.table("Merkmal", "Aus dem Paket bekannt", "Beurteilung")
	d.row("Besondere Kategorien", cmp.Or(strings.Join(d.special(), "; "), "keine gekennzeichnet"), gap)
	d.row("Umfang", fmt.Sprintf("%d Angaben, davon %d Dateien; Zahl der Betroffenen im Jahr: %s", len(d.data), files, gap), gap)
	d.row("Automatisierte Entscheidung (Art. 22)", "keine; das Portal rechnet vor, ein Mensch entscheidet", gap)
	d.row("Zusammenführen von Datenbeständen", "keines durch das Portal", gap)
	d.row("Schutzbedürftige Betroffene", "dem Paket nicht zu entnehmen", gap)
	d.row("Neue Technik", "dem Paket nicht zu entnehmen", gap)
	fmt.Fprintln(d.w)
	d.table("Risiko", "Maßnahme, die es gibt", "Bleibt")
	d.row("Unbefugte lesen Anträge in Datenbank oder Sicherung", "versiegelt an den Schlüssel des Amts; Schlüssel getrennt von den Daten", gap)
	d.row("Beschäftigte lesen ohne Anlass", "Rollen; jeder Zugriff wird aufgezeichnet und den Betroffenen mit Stelle und Zweck gezeigt", gap)
	d.row("Ein Antrag geht verloren", "gespeichert, bevor bestätigt wird; Quittung, die sich ohne Netz prüfen lässt", gap)
	d.row("Daten bleiben zu lange", "Löschlauf jede Nacht, in allen Räumen geprüft", gap)
	d.row("Schädliche Dateien", "Art der Datei geprüft, Bilder neu gezeichnet, Virenscanner, wo eingerichtet", gap)
	fmt.Fprintln(d.w)
	d.line("Stellungnahme der oder des Datenschutzbeauftragten: %s", gap)
}
