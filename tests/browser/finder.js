// Finds on the page what words on the screen name. Used by tab_test.go.
const plain = s => (s ?? '').replace(/[\u00ad\u200b]/g, '').replace(/\s+/g, ' ').trim()
const text = e => plain(e?.innerText ?? e?.textContent)
const visible = e => !!e && e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden' && !e.closest('[hidden]')
const shown = s => { for (const d of document.querySelectorAll('details')) if (plain(d.textContent).includes(plain(s))) return true; return text(document.body).includes(plain(s)) }
// The name of a label without what marks it as optional.
const name = e => { const c = e.cloneNode(true); c.querySelectorAll('.kern-label__optional').forEach(x => x.remove()); return plain(c.textContent) }
const all = (selector, root) => [...(root ?? document).querySelectorAll(selector)]
const labelled = s => all('label').find(l => name(l) === plain(s) && visible(l) && l.control)
const field = s => labelled(s)?.control
const legend = s => all('fieldset').find(f => visible(f) && f.querySelector('legend') && name(f.querySelector('legend')) === plain(s))
const choice = (s, answer) => all('label', legend(s)).find(l => name(l) === plain(answer) && visible(l))
const part = (s, i) => all('input', legend(s))[i]
const called = e => [plain(e.getAttribute('aria-label')), text(e)]
const button = s => {
  const hits = all('main button, main a').filter(e => visible(e) && called(e).includes(plain(s)))
  return hits.find(e => e.tagName === 'BUTTON') ?? hits[0] ?? all('button').find(e => visible(e) && called(e).includes(plain(s)))
}
const link = s => all('main a').concat(all('a')).find(e => visible(e) && called(e).includes(plain(s)))
// Where to press e, if nothing lies over it.
const reach = e => {
  if (!visible(e)) return null
  e.scrollIntoView({ block: 'center', behavior: 'instant' })
  const r = e.getClientRects()[0]
  const p = { X: r.x + Math.min(r.width / 2, 40), Y: r.y + r.height / 2 }
  const top = document.elementFromPoint(p.X, p.Y)
  return top && (e.contains(top) || top.contains(e) || top.closest('label') === e) ? p : null
}
// Whether the page is there in full: nothing on it will move by itself.
const ready = () => document.readyState === 'complete' && document.fonts.status === 'loaded'
// Where to press e, once that place has not moved for two frames.
const rested = e => {
  const p = reach(e), was = window.__spot
  if (!p || !was || was.X !== p.X || was.Y !== p.Y) {
    window.__spot = p && { ...p, since: performance.now() }
    return null
  }
  if (performance.now() - was.since < 40) return null
  window.__spot = null
  return p
}
const focused = e => { e.focus(); e.select?.(); return true }
const emptied = e => { e.value = ''; e.dispatchEvent(new Event('input', { bubbles: true })); return true }
const pick = (select, s) => {
  const o = [...select.options].find(o => plain(o.text) === plain(s))
  if (!o) return false
  select.value = o.value
  select.dispatchEvent(new Event('change', { bubbles: true }))
  return true
}
const list = s => document.getElementById(field(s)?.getAttribute('aria-controls'))
const option = (s, v) => all('[role=option]', list(s)).find(o => visible(o) && text(o.firstElementChild ?? o) === plain(v))
const suggests = (s, v) => !!option(s, v)
const linkTo = path => all('main a').find(a => visible(a) && new URL(a.href).pathname.endsWith(path))
// How the elements of the page are drawn, as far as a check of names, roles and
// tables can tell: whether one is, as what, and whether it can be seen where it
// lies.
const drawn = () => all('*').map(e => {
  if (!e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return 0
  const s = getComputedStyle(e), r = e.getBoundingClientRect()
  return [s.display, s.position, s.opacity === '0', s.overflow, s.clip, s.clipPath, r.width < 1 || r.height < 1, r.right <= 0 || r.bottom + scrollY <= 0].join()
}).join(' ')
// What is wider than the window, or cut off where it cannot be scrolled.
const overflowing = () => {
  const root = document.scrollingElement, width = innerWidth, out = []
  if (root.scrollWidth > width + 1) {
    out.push('the page is ' + root.scrollWidth + ' px wide in a window of ' + width)
    for (const e of all('body *')) {
      const r = e.getBoundingClientRect()
      if (visible(e) && r.right > width + 1 && !e.closest('.kern-sr-only, .lp-sr') && ![...e.children].some(c => c.getBoundingClientRect().right > width + 1)) out.push('too wide: ' + e.outerHTML.slice(0, 160))
    }
  }
  for (const e of all('body *')) {
    const s = getComputedStyle(e)
    if (!visible(e) || e.closest('.kern-sr-only, select') || !text(e) || e.clientWidth <= 1) continue
    if ((s.overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 2) || (s.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 2)) out.push('cut off: ' + e.outerHTML.slice(0, 160))
  }
  return out.slice(0, 6)
}
// What an element that has the focus is, when nothing shows that it has it.
const unmarked = e => {
  if (!e || e === document.body || e.tagName === 'MAIN') return '' // main: where the skip link leads, not a control
  const marked = s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none'
  if ([null, '::before', '::after'].some(p => marked(getComputedStyle(e, p)))) return ''
  const card = e.closest('.lp-card') // a card shows the focus of its link
  if (card && getComputedStyle(card).outlineStyle !== 'none') return ''
  return e.outerHTML.slice(0, 160)
}
const stop = e => {
  if (!e || e === document.body) return 'BODY'
  return all('a, button, input, select, textarea, summary, [tabindex]').indexOf(e) + ' ' + e.outerHTML.slice(0, 120)
}
// By the names of controls, for forms whose words are not ours.
const asks = () => all('main form[method=post] [name]').filter(e => !e.name.startsWith('_') || e.name === '_find').map(e => ({
  Name: e.name, Value: e.value, Kind: e.name === '_find' ? '_find' : e.dataset.combo !== undefined ? 'combo' : e.tagName === 'SELECT' ? 'select' : e.type,
}))
const control = n => all('main [name]').find(e => e.name === n)
// The control of a name; of a list that scripts have made searchable, the input before it.
const one = n => {
  const e = control(n)
  return e?.dataset.combo === undefined ? e : e.closest('.kern-form-input__select-wrapper').parentElement.querySelector('input[role=combobox]') ?? e
}
const box = (n, v) => all('main input').find(e => e.name === n && e.value === v)?.labels[0]
const offers = n => visible(one(n)) || visible(one(n)?.labels?.[0])
const picked = (n, v) => { one(n).value = v; one(n).dispatchEvent(new Event('change', { bubbles: true })); return one(n).value === v }
// The last of a name: one for the Enter key, which nobody sees, may stand before.
const submits = (n, v) => all('main button').findLast(e => e.name === n && e.value === v && visible(e))
const entry = (n, v) => all('[role=option]', document.getElementById(one(n).getAttribute('aria-controls'))).find(o => visible(o) && text(o.firstElementChild ?? o) === plain(v))
// What is wrong with the error summary: an entry that leads to no control, a
// message at a field (behind a word for screen readers) that has no entry.
const astray = () => {
  const links = all('.lp-errors a[href^="#"]'), said = all('.lp-errors li').map(text)
  return links.filter(a => {
    const e = document.getElementById(a.hash.slice(1))
    return !visible(e) || !e.matches('input, select, textarea, button, a[href]')
  }).map(a => 'leads nowhere: ' + text(a)).concat(
    all('main .kern-error').filter(visible).map(text).filter(s => !said.some(x => s.endsWith(x))).map(s => 'no entry says: ' + s))
}
const inWindow = e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight }
