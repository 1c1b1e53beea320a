package submission

import (
	"embed"

	"leitportal/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the room's tables.
func Migrations() db.Migrations { return db.Migrations{Room: "submission", FS: migrations} }
