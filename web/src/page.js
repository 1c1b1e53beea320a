// Small answers to an action. Every page works without them.

// The error summary, or a message after a failed save, takes the focus.
document.querySelector('[data-focus]')?.focus()

// A link in the error summary puts the cursor into the field, label in view.
document.addEventListener('click', e => {
  const link = e.target.closest?.('.lp-errors a[href^="#"]')
  const field = link && document.getElementById(link.hash.slice(1))
  if (!field) return
  e.preventDefault()
  const frame = field.closest('fieldset, .kern-form-input, .lp-confirm') ?? field
  frame.scrollIntoView({ block: 'start' })
  field.focus({ preventScroll: true })
})

// Printing needs a script, so its button appears with scripts only.
for (const b of document.querySelectorAll('[data-print]')) {
  b.hidden = false
  b.addEventListener('click', () => window.print())
}

// How many characters are left. The server decides; nothing is cut off here.
for (const area of document.querySelectorAll('[data-limit]')) {
  const count = document.getElementById(area.id + '-count')
  if (!count) continue
  const limit = Number(area.dataset.limit)
  const say = () => {
    const left = limit - [...area.value].length
    count.textContent = (left < 0 ? count.dataset.over : count.dataset.left).replace('{n}', Math.abs(left))
    count.classList.toggle('lp-count--over', left < 0)
  }
  area.addEventListener('input', say)
  say()
}

// What belongs to a choice shows when it is chosen.
for (const part of document.querySelectorAll('[data-reveals]')) {
  const box = document.getElementById(part.dataset.reveals)
  if (!box) continue
  const show = () => { part.hidden = !box.checked }
  box.form?.addEventListener('change', show)
  show()
}

// A question that only an answer on the same page brings up. Hidden controls
// are not sent.
for (const part of document.querySelectorAll('[data-when]')) {
  const form = part.closest('form')
  const values = part.dataset.values.split(' ').map(decodeURIComponent)
  const show = () => {
    const given = new FormData(form).getAll(part.dataset.when)
    const hit = given.some(v => values.includes(v))
    part.hidden = hit === (part.dataset.not === 'yes')
    for (const c of part.querySelectorAll('input, select, textarea, button')) c.disabled = part.hidden
  }
  form?.addEventListener('change', () => document.querySelectorAll('[data-when]').forEach(p => p.dispatchEvent(new Event('lp-when'))))
  part.addEventListener('lp-when', show)
  show()
}

// "Nichts davon" unticks the others, and they untick it.
document.addEventListener('change', e => {
  const box = e.target
  if (box.type !== 'checkbox' || !box.checked) return
  const all = [...(box.form?.elements ?? [])].filter(x => x.type === 'checkbox' && x.name === box.name && x !== box)
  for (const other of all) if ('exclusive' in box.dataset || 'exclusive' in other.dataset) other.checked = false
})

// Pressing twice sends once; coming back by the back button allows it again.
document.addEventListener('submit', e => {
  if (e.defaultPrevented || e.target.method !== 'post') return
  if (e.target.dataset.sent) e.preventDefault()
  e.target.dataset.sent = '1'
})
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

// What is not ready yet is asked for again, and takes its place when it is.
const wait = section => setTimeout(async () => {
  try {
    const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html')
    const ready = fresh.getElementById(section)
    if (ready && !ready.querySelector('[data-wait]')) document.getElementById(section).replaceWith(ready)
    else wait(section)
  } catch {} // the link beside it is still there
}, 1000)
for (const part of document.querySelectorAll('[data-wait]')) wait(part.dataset.wait)
