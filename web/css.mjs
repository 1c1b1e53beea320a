// A small reader and writer of style sheets, enough to cut KERN down to what
// is used. A sheet is a list of {prelude, rules} (at-rules with rules inside)
// and {prelude, body} (declarations), in order.

/** parse reads a style sheet without comments kept. */
export function parse(text) {
  const s = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/@charset[^;]*;/g, '')
  let i = 0
  // until moves to the first of the stop characters outside strings and brackets.
  const until = stops => {
    const from = i
    let depth = 0, quote = ''
    for (; i < s.length; i++) {
      const c = s[i]
      if (quote) { if (c === '\\') i++; else if (c === quote) quote = '' }
      else if (c === '"' || c === "'") quote = c
      else if (c === '(') depth++
      else if (c === ')') depth--
      else if (depth === 0 && stops.includes(c)) break
    }
    return s.slice(from, i).trim()
  }
  const rules = () => {
    const out = []
    for (;;) {
      while (i < s.length && /[\s;]/.test(s[i])) i++
      if (i >= s.length || s[i] === '}') { i++; return out }
      const prelude = until('{;')
      if (s[i] !== '{') continue // an at-rule without a block: none is used
      i++
      if (/^@(media|supports|layer|container)/.test(prelude)) out.push({ prelude, rules: rules() })
      else {
        let body
        if (/^@(-\w+-)?keyframes/.test(prelude)) {
          const from = i
          for (let depth = 1; depth > 0; i++) { if (s[i] === '{') depth++; else if (s[i] === '}') depth-- }
          body = s.slice(from, i - 1)
        } else { body = until('}'); i++ }
        out.push({ prelude, body })
      }
    }
  }
  return rules()
}

/** selectors splits a selector list at its top-level commas. */
export function selectors(list) {
  const out = []
  let depth = 0, from = 0
  for (let i = 0; i <= list.length; i++) {
    if (i === list.length || (list[i] === ',' && depth === 0)) { out.push(list.slice(from, i).trim()); from = i + 1 }
    else if ('(['.includes(list[i])) depth++
    else if (')]'.includes(list[i])) depth--
  }
  return out
}

/** purge keeps the selectors whose classes are all used. KERN's theme switches
 * by attribute are dropped: the portal follows the system's colour scheme. */
export function purge(sheet, used) {
  const keep = sel => {
    if (/^:is\(body,/.test(sel)) return true
    if (/data-kern-theme|kern-icon/.test(sel)) return false
    if (/:focus:focus-visible|^(area|iframe|\[tabindex|\[contentEditable)/.test(sel)) return false // app.css draws the focus
    const bare = sel.replace(/:not\((?:[^()]|\([^()]*\))*\)/g, '')
    if (/aria-disabled|disabled=disabled|readonly=readonly/.test(bare)) return false // states the components write otherwise
    return [...bare.matchAll(/\.(-?[a-zA-Z_][\w-]*)/g)].every(m => used.has(m[1]))
  }
  return sheet.flatMap(r => {
    if (r.rules) {
      const rules = purge(r.rules, used)
      return rules.length ? [{ ...r, rules }] : []
    }
    if (r.prelude.startsWith('@')) return []
    const kept = selectors(r.prelude).filter(keep).map(s => s.startsWith(':is(body,') ? 'body' : s)
    const all = new Set(kept) // what has :focus-visible has :focus
    const some = [...all].filter(s => !s.includes(':focus-visible') || !all.has(s.replace(':focus-visible', ':focus')))
    return some.length ? [{ prelude: some.join(','), body: r.body }] : []
  })
}

/** logical turns left and right into start and end, so that the sheet holds for
 * languages written from right to left, too. The tick in a box stays. */
export function logical(sheet) {
  const turn = d => d
    .replace(/^((?:padding|margin|border)-)(left|right)\b/, (_, p, s) => p + 'inline-' + (s === 'left' ? 'start' : 'end'))
    .replace(/^(left|right):/, (_, s) => 'inset-inline-' + (s === 'left' ? 'start:' : 'end:'))
    .replace(/^(text-align:)(left|right)\b/, (_, p, s) => p + (s === 'left' ? 'start' : 'end'))
    .replace(/^(float|clear):(left|right)\b/, (_, p, s) => `${p}:inline-${s === 'left' ? 'start' : 'end'}`)
  return sheet.map(r => r.rules ? { ...r, rules: logical(r.rules) }
    : /:checked:before/.test(r.prelude) ? r
      : { ...r, body: declarations(r.body).map(turn).join(';') })
}

const declarations = body => {
  const out = []
  let depth = 0, quote = '', from = 0
  for (let i = 0; i <= body.length; i++) {
    const c = body[i]
    if (i === body.length || (c === ';' && depth === 0 && !quote)) {
      const d = body.slice(from, i).trim()
      if (d) out.push(d)
      from = i + 1
    } else if (quote) { if (c === quote) quote = '' }
    else if (c === '"' || c === "'") quote = c
    else if (c === '(') depth++
    else if (c === ')') depth--
  }
  return out
}

/** walk calls f with every rule that has declarations. */
function walk(sheet, f) { for (const r of sheet) r.rules ? walk(r.rules, f) : f(r) }

/** purgeVariables drops custom properties that nothing reads, and the
 * fall-back values of those that are always set. */
export function purgeVariables(sheet) {
  const reads = new Map() // variable → variables its value reads
  const live = new Set()
  const names = v => [...v.matchAll(/var\(\s*(--[\w-]+)/g)].map(m => m[1])
  walk(sheet, r => {
    for (const d of declarations(r.body)) {
      const m = /^(--[\w-]+)\s*:/.exec(d)
      if (!m) names(d).forEach(n => live.add(n))
      else reads.set(m[1], [...(reads.get(m[1]) ?? []), ...names(d.slice(m[0].length))])
    }
  })
  for (const n of live) (reads.get(n) ?? []).forEach(x => live.add(x)) // grows while walked
  const strip = v => {
    for (let again = true; again;) {
      again = false
      v = v.replace(/var\(\s*(--kern-[\w-]+)\s*,(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g, (m, n) => {
        if (!reads.has(n)) return m
        again = true
        return `var(${n})`
      })
    }
    return v
  }
  walk(sheet, r => {
    r.body = declarations(r.body).filter(d => {
      const m = /^(--[\w-]+)\s*:/.exec(d)
      return !m || live.has(m[1])
    }).map(strip).join(';')
  })
  return sheet
}

/** inline writes KERN's short constants and mere aliases where they are read, drops prefixed
 * twins of declarations, and with them about a quarter of the bytes. */
export function inline(sheet) {
  const values = new Map() // variable → its only value, or null
  walk(sheet, r => {
    for (const d of declarations(r.body)) {
      const m = /^(--kern-[\w-]+)\s*:\s*(.*)$/s.exec(d)
      if (m) values.set(m[1], values.has(m[1]) && values.get(m[1]) !== m[2] ? null : m[2])
    }
  })
  const fill = v => v.replace(/var\((--kern-[\w-]+)\)/g, (m, n) => {
    const value = values.get(n)
    if (!value) return m
    const full = fill(value)
    const alias = /^var\(--[\w-]+\)$/.test(full)
    return alias || (!full.includes('var(') && full.length <= 12) ? full : m
  })
  walk(sheet, r => {
    const all = declarations(r.body).map(fill).map(d => d.includes('calc(') ? d : d.replace(/(^|[\s:(,])0(?:rem|px)(?![\w%])/g, (m, before) => (/^--/.test(d) ? m : before + '0')))
    const names = new Set(all.map(d => d.slice(0, d.indexOf(':'))))
    r.body = all.filter(d => !names.has(/^-(?:webkit|moz)-([\w-]+)/.exec(d)?.[1])).join(';')
  })
  return purgeVariables(sheet)
}

/** shorten gives variables short names: nobody outside the sheet reads them (a
 * tenant's theme sets --lp-accent and --lp-on-accent, which stay), and they
 * are half of its bytes. Class names such as .lp-x--lp-y do not occur. */
export function shorten(css) {
  const inner = /--(?:kern|lp)-(?!accent|on-accent)[\w-]+/g
  const count = new Map()
  for (const [n] of css.matchAll(inner)) count.set(n, (count.get(n) ?? 0) + 1)
  const names = [...count].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([n]) => n)
  const short = new Map(names.map((n, i) => [n, '--k' + i.toString(36)]))
  return css.replace(inner, n => short.get(n))
}

/** print writes a sheet without needless spaces. */
export function print(sheet) {
  let out = ''
  for (const r of sheet) {
    if (r.rules) { const inner = print(r.rules); if (inner) out += `${tight(r.prelude)}{${inner}}` }
    else if (/^@(-\w+-)?keyframes/.test(r.prelude)) out += `${r.prelude}{${r.body.replace(/\s+/g, ' ').replace(/\s*([{};:])\s*/g, '$1')}}`
    else if (r.body.trim()) out += `${tight(r.prelude)}{${declarations(r.body).map(d => d.replace(/\s+/g, ' ').replace(/^([\w-]+)\s*:\s*/, '$1:')).join(';')}}`
  }
  return out
}

const tight = s => s.replace(/\s+/g, ' ').replace(/\s*([,>~])\s*/g, '$1')
