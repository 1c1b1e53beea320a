package form

import (
	"fmt"
	"math"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"leitportal/internal/clock"
)

// provider tells CEL the fields of instances; it is filled while a form is
// compiled and only read afterwards.
type provider struct {
	*types.Registry
	structs map[string]map[string]*types.FieldType
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.structs[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	if fields, ok := p.structs[name]; ok {
		names := make([]string, 0, len(fields))
		for n := range fields {
			names = append(names, n)
		}
		return names, true
	}
	return p.Registry.FindStructFieldNames(name)
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if fields, ok := p.structs[name]; ok {
		ft, ok := fields[field]
		return ft, ok
	}
	return p.Registry.FindStructFieldType(name, field)
}

// member makes a field of an instance that rules may read.
func member(t *cel.Type, get func(*scope) ref.Val) *types.FieldType {
	return &types.FieldType{
		Type:  t,
		IsSet: func(any) bool { return true },
		GetFrom: func(target any) (any, error) {
			s, ok := target.(*scope)
			if !ok {
				return nil, fmt.Errorf("form: %T is no instance", target)
			}
			return get(s), nil
		},
	}
}

func timeOf(v ref.Val) (time.Time, bool) {
	t, ok := v.(types.Timestamp)
	return t.Time, ok && t.Time.Year() > 1
}

func civil(v ref.Val) (clock.Date, bool) {
	t, ok := timeOf(v)
	return clock.DateOf(t.UTC()), ok
}

// legal is d, or the unanswered date where d lies outside of what a date may
// be: a rule must not fail on it.
func legal(d clock.Date) ref.Val {
	if d.Year < 2 || d.Year > 9999 {
		return noDate
	}
	return dateVal(d)
}

func intOf(v ref.Val) int { n, _ := v.(types.Int); return int(n) }

// clampMonths keeps sums of months and days within what time can hold.
func clampSpan(v ref.Val) int { return max(min(intOf(v), 4_000_000), -4_000_000) }

// monthsBetween is the number of full months from a to b.
func monthsBetween(a, b clock.Date) int {
	if b.Before(a) {
		return -monthsBetween(b, a)
	}
	n := (b.Year-a.Year)*12 + int(b.Month) - int(a.Month)
	if a.AddMonths(n).After(b) {
		n--
	}
	return n
}

func unary(name, id string, in, out *cel.Type, f func(ref.Val) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.Overload(id, []*cel.Type{in}, out, cel.UnaryBinding(f)))
}

func binary(name, id string, a, b, out *cel.Type, f func(a, b ref.Val) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.Overload(id, []*cel.Type{a, b}, out, cel.BinaryBinding(f)))
}

// functions are what FORMAT.md lists beside standard CEL. attr looks up an
// attribute of a choice in a list.
func functions(attr func(list, code, key string) string) []cel.EnvOption {
	ts, n, str := cel.TimestampType, cel.IntType, cel.StringType
	part := func(name string) cel.EnvOption {
		of := datePart(name)
		return unary(name, "form_"+name, ts, n, func(v ref.Val) ref.Val { return types.Int(of(v)) })
	}
	between := func(name string, per int) cel.EnvOption {
		return binary(name, "form_"+name, ts, ts, n, func(a, b ref.Val) ref.Val {
			from, ok1 := civil(a)
			to, ok2 := civil(b)
			if !ok1 || !ok2 {
				return types.IntZero
			}
			return types.Int(monthsBetween(from, to) / per)
		})
	}
	shift := func(name string, by func(clock.Date, int) clock.Date) cel.EnvOption {
		return binary(name, "form_"+name, ts, n, ts, func(a, b ref.Val) ref.Val {
			d, ok := civil(a)
			if !ok {
				return noDate
			}
			return legal(by(d, clampSpan(b)))
		})
	}
	at := func(id string, elem *cel.Type, empty ref.Val) cel.FunctionOpt {
		return cel.Overload(id, []*cel.Type{cel.ListType(elem), n}, elem, cel.BinaryBinding(func(l, i ref.Val) ref.Val {
			items, _ := l.(interface {
				Size() ref.Val
				Get(ref.Val) ref.Val
			})
			size := intOf(items.Size())
			if size == 0 {
				return empty
			}
			return items.Get(types.Int(max(0, min(intOf(i), size)-1)))
		}))
	}
	partly := func(name string, end func(first, last clock.Date) clock.Date) cel.EnvOption {
		return unary(name, "form_"+name, str, ts, func(v ref.Val) ref.Val {
			first, last, ok := partial(string(v.(types.String)))
			if !ok {
				return noDate
			}
			return dateVal(end(first, last))
		})
	}
	return []cel.EnvOption{
		partly("earliest", func(first, _ clock.Date) clock.Date { return first }),
		partly("latest", func(_, last clock.Date) clock.Date { return last }),
		part("year"), part("month"), part("day"),
		between("months", 1),
		between("years", 12),
		shift("addMonths", clock.Date.AddMonths),
		shift("addDays", clock.Date.AddDays),
		unary("firstOfMonth", "form_firstOfMonth", ts, ts, func(v ref.Val) ref.Val {
			d, ok := civil(v)
			if !ok {
				return noDate
			}
			return dateVal(d.FirstOfMonth())
		}),
		cel.Function(
			"date",
			cel.Overload("form_date_text", []*cel.Type{str}, ts, cel.UnaryBinding(func(v ref.Val) ref.Val {
				d, err := clock.ParseDate(string(v.(types.String)))
				if err != nil {
					return noDate
				}
				return legal(d)
			})),
			cel.Overload("form_date_parts", []*cel.Type{n, n, n}, ts, cel.FunctionBinding(func(args ...ref.Val) ref.Val {
				d := clock.Date{Year: intOf(args[0]), Month: time.Month(intOf(args[1])), Day: intOf(args[2])}
				if !exists(d) {
					return noDate
				}
				return legal(d)
			})),
		),
		cel.Function("attr", cel.Overload("form_attr", []*cel.Type{str, str, str}, str, cel.FunctionBinding(func(args ...ref.Val) ref.Val {
			list, _ := args[0].(types.String)
			code, _ := args[1].(types.String)
			key, _ := args[2].(types.String)
			return types.String(attr(string(list), string(code), string(key)))
		}))),
		cel.Function("at", at("form_at_int", n, types.IntZero), at("form_at_text", str, types.String(""))),
		unary("sum", "form_sum", cel.ListType(n), n, func(v ref.Val) ref.Val {
			items, _ := v.(interface {
				Size() ref.Val
				Get(ref.Val) ref.Val
			})
			var total int64
			for i := range intOf(items.Size()) {
				total = addSaturating(total, int64(intOf(items.Get(types.Int(i)))))
			}
			return types.Int(total)
		}),
		binary("div", "form_div", n, n, n, func(a, b ref.Val) ref.Val {
			x, y := intOf(a), intOf(b)
			if y == 0 {
				return types.IntZero
			}
			q := x / y
			if x%y != 0 && (x < 0) != (y < 0) {
				q--
			}
			return types.Int(q)
		}),
		binary("min", "form_min", n, n, n, func(a, b ref.Val) ref.Val { return types.Int(min(intOf(a), intOf(b))) }),
		binary("max", "form_max", n, n, n, func(a, b ref.Val) ref.Val { return types.Int(max(intOf(a), intOf(b))) }),
		unary("isEea", "form_isEea", str, cel.BoolType, func(v ref.Val) ref.Val { return types.Bool(isEEA(string(v.(types.String)))) }),
		unary("isSepa", "form_isSepa", str, cel.BoolType, func(v ref.Val) ref.Val { return types.Bool(isSEPA(string(v.(types.String)))) }),
		unary("ibanCountry", "form_ibanCountry", str, str, func(v ref.Val) ref.Val {
			if s := string(v.(types.String)); len(s) >= 2 {
				return types.String(s[:2])
			}
			return types.String("")
		}),
	}
}

// datePart is the function year, month or day, 0 of what is no date; nil by
// any other name.
func datePart(name string) func(ref.Val) int64 {
	part := func(of func(clock.Date) int) func(ref.Val) int64 {
		return func(v ref.Val) int64 {
			if d, ok := civil(v); ok {
				return int64(of(d))
			}
			return 0
		}
	}
	switch name {
	case "year":
		return part(func(d clock.Date) int { return d.Year })
	case "month":
		return part(func(d clock.Date) int { return int(d.Month) })
	case "day":
		return part(func(d clock.Date) int { return d.Day })
	}
	return nil
}

// Functions are the functions of FORMAT.md, for those who check single
// expressions outside of a form. No list has attributes there.
func Functions() []cel.EnvOption {
	return functions(func(_, _, _ string) string { return "" })
}

func addSaturating(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}

// exists tells whether the calendar has the day d.
func exists(d clock.Date) bool {
	if d.Year < 1 || d.Year > 9999 || d.Month < 1 || d.Month > 12 || d.Day < 1 {
		return false
	}
	return clock.DateOf(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)) == d
}
