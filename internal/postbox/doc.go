// Package postbox holds what an office has written to an applicant: questions,
// notices, information. Every message is sealed to the applicant's own key
// before it comes here, so the portal stores what it cannot read; the room to
// the left that holds the applicant's keys (submission) opens and shows it.
//
// Until accounts exist a postbox belongs to one submission, and a notice in it
// is a copy: the original goes by post.
//
// Tables: postbox_messages.
package postbox
