package solution

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"leitportal/internal/db"
	"leitportal/internal/fail"
)

// Tasks are what an authority has to settle outside of the portal before people
// apply, in the order in which they are usually done. Which of them apply is
// for the authority to say: one that does not is done with a note.
func Tasks() []string {
	return []string{
		"contract",      // call-off contract with who runs the solution
		"privacy",       // privacy text, and contract of Art. 28 GDPR
		"staff-council", // participation of the staff council
		"council",       // the council's resolution on fees and rates
		"destination",   // DVDV entry and certificate, or the office's key
		"payment",       // payment client and creditor id
		"directory",     // entry in the state's directory of services, and by it in PVOG
	}
}

// maxTaskNote bounds the note of a task, in characters.
const maxTaskNote = 500

// Task is one of Tasks, and what was noted of it.
type Task struct {
	Name string
	Done // its zero value where nobody has touched it
}

// TasksOf lists the tasks of an adoption.
func (s *Adoptions) TasksOf(ctx context.Context, tenant, solution string) ([]Task, error) {
	noted, err := s.store.tasks(ctx, s.DB.Read(), tenant, solution)
	if err != nil {
		return nil, err
	}
	var out []Task
	for _, name := range Tasks() {
		out = append(out, Task{name, noted[name]})
	}
	return out, nil
}

// Tick notes that a task was done, or is to be done after all.
func (s *Adoptions) Tick(ctx context.Context, actor, tenant, solution, task string, done bool, note string) error {
	if !slices.Contains(Tasks(), task) {
		return fail.Newf(fail.NotFound, "solution: there is no such task")
	}
	if utf8.RuneCountInString(note) > maxTaskNote {
		return fail.New(fail.Invalid, "solution.task.long", errors.New("solution: the note of a task is too long"))
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Querier) error {
		if _, err := s.store.adoption(ctx, tx, tenant, solution); err != nil {
			return err
		}
		err := s.store.setTask(ctx, tx, tenant, solution, Done{Task: task, Done: done, Note: note, Author: actor, At: s.Clock.Now()})
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor, tenant, solution, "solution.task."+task)
	})
}
