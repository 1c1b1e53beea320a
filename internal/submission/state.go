package submission

import "time"

// EventKind is something that happened to a submission, as the applicant sees
// it on the status page.
type EventKind string

// The events. Those before Opened are states too: the newest of them is the
// submission's state.
const (
	Received     EventKind = "received"     // it is on our disk and in the ledger
	HandedOver   EventKind = "handed-over"  // sent to the receiver, who has not answered yet
	Acknowledged EventKind = "acknowledged" // the receiver has opened and validated it
	InWork       EventKind = "in-work"      // a clerk has taken it
	Asked        EventKind = "asked"        // the office asks back
	Answered     EventKind = "answered"     // the applicant has answered or corrected
	Decided      EventKind = "decided"      // there is a notice
	Withdrawn    EventKind = "withdrawn"    // by the applicant
	Failed       EventKind = "failed"       // the hand-over needs help from the operator

	Printed EventKind = "printed" // the notice went to print; not a state
)

// state tells whether events of kind k set the state of the submission.
func (k EventKind) state() bool { return k != Printed }

// Over tells whether nothing more can be changed by the applicant.
func (k EventKind) Over() bool { return k == Decided || k == Withdrawn }

// Event is one line of the status page's timeline.
type Event struct {
	Kind EventKind
	At   time.Time
}

// Submission is the readable part of a submission: nothing of its answers.
type Submission struct {
	Tenant, ID, Draft string
	Number            string // HS-2026-000123
	Solution, Version string
	Lang              string
	Received, Changed time.Time
	Revision          int
	State             EventKind
	Recipient         []byte // public key (HPKE) to which messages to the applicant are sealed
	Test              bool   // a test case, no application
}

// Sealed is one revision of a submission as the receiver gets it.
type Sealed struct {
	Tenant, Submission string
	Revision           int
	Received           time.Time
	KID                string // names the office key
	JWE                []byte // compact serialisation of a Payload
	Test               bool   // a test case, no application
}

// MessageKind is what a message to the applicant is.
type MessageKind string

// The kinds of messages.
const (
	Question MessageKind = "question"
	Notice   MessageKind = "notice"
	Info     MessageKind = "info"
)

// Message is a sealed message of the office to the applicant, as the postbox
// holds it: Sealed is the JSON of MessageContent, HPKE to the submission's
// recipient with info MessageInfo and AAD "<submission> <message>".
type Message struct {
	ID     string
	Kind   MessageKind
	At     time.Time
	Read   bool
	Done   bool // a question that was answered
	Sealed []byte
}

// MessageContent is what a message says.
type MessageContent struct {
	Subject string `json:"subject"`
	Text    string `json:"text"` // paragraphs by blank lines, plain text
	// Fields are the answer paths (form) a question asks about; the applicant
	// may correct just these.
	Fields []string `json:"fields,omitempty"`
	// Parts is the text of a notice with its headings and tables; where there
	// are any they are shown in place of Text.
	Parts []MessagePart `json:"parts,omitempty"`
	// PDF is the copy of a notice.
	PDF []byte `json:"pdf,omitempty"`
}

// MessagePart is a heading, paragraphs (by blank lines), or a table of two
// columns: exactly one of the three is set.
type MessagePart struct {
	Heading string      `json:"heading,omitempty"`
	Text    string      `json:"text,omitempty"`
	Rows    [][2]string `json:"rows,omitempty"`
}

// MessageInfo names, for HPKE, what the office seals to the applicant.
const MessageInfo = "leitportal message"
