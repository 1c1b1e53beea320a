package staff

import (
	"context"
	"fmt"
	"io"
)

// StaffAdd is the command "staff add": it takes on a member, the tenant's
// first admin above all, and prints the initial password. signIn is the
// address of the desk's sign-in page, printed with it.
func StaffAdd(ctx context.Context, s *Service, out io.Writer, tenant, signIn string, d Details) error {
	m, password, err := s.Add(ctx, tenant, CommandLine, d)
	if err != nil {
		return err
	}
	return invitation(out, m, signIn, password)
}

// StaffReset is the command "staff reset": it replaces password and second
// factor of the member with the given login name by an initial password, and
// prints that.
func StaffReset(ctx context.Context, s *Service, out io.Writer, tenant, signIn, login string) error {
	m, err := s.store.ByLogin(ctx, s.DB.Read(), tenant, NormalLogin(login))
	if err != nil {
		return fmt.Errorf("the tenant %s has no member with this login name: %w", tenant, err)
	}
	m, password, err := s.ResetAccess(ctx, tenant, CommandLine, m.ID)
	if err != nil {
		return err
	}
	return invitation(out, m, signIn, password)
}

func invitation(out io.Writer, m Member, signIn, password string) error {
	_, err := fmt.Fprintf(out, "Anmelden:       %s\nAnmeldename:    %s\nAnfangspasswort: %s\n(einmal zu verwenden, 7 Tage gültig; danach eigenes Passwort und zweiter Faktor)\n", signIn, m.Login, password)
	return err
}
