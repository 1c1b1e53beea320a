// A list to search in, by the ARIA pattern "editable combobox with list
// autocomplete". An input with data-suggest asks a URL for suggestions; a
// select with data-combo becomes a searchable list of its own options.

let serial = 0

function combobox(input, { find, choose, countText, noneText }) {
  const id = 'lp-combo-' + ++serial
  const wrap = document.createElement('div')
  wrap.className = 'lp-combo'
  input.replaceWith(wrap)
  const list = document.createElement('ul')
  list.className = 'lp-combo__list'
  list.id = id
  list.hidden = true
  list.setAttribute('role', 'listbox')
  const label = input.labels?.[0] ?? document.querySelector(`label[for="${CSS.escape(input.id)}"]`)
  if (label) list.setAttribute('aria-label', label.textContent.trim())
  const live = document.createElement('div')
  live.className = 'kern-sr-only'
  live.setAttribute('role', 'status')
  wrap.append(input, list, live)
  for (const [k, v] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': id, autocomplete: 'off' })) input.setAttribute(k, v)

  let items = [], at = -1, asked = 0, taken = false, timer
  const close = () => {
    list.hidden = true
    at = -1
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }
  const mark = n => {
    at = n
    ;[...list.children].forEach((li, i) => {
      li.setAttribute('aria-selected', String(i === n))
      if (i === n) li.scrollIntoView({ block: 'nearest' })
    })
    if (n < 0) input.removeAttribute('aria-activedescendant')
    else input.setAttribute('aria-activedescendant', `${id}-${n}`)
  }
  const take = n => {
    const item = items[n]
    close()
    choose(item)
  }
  const show = async () => {
    const mine = ++asked
    const found = await find(input.value)
    if (mine !== asked || document.activeElement !== input) return
    items = found
    list.replaceChildren(...items.map((item, i) => {
      const li = document.createElement('li')
      li.className = 'lp-combo__item'
      li.id = `${id}-${i}`
      li.setAttribute('role', 'option')
      li.setAttribute('aria-selected', 'false')
      const text = document.createElement('span')
      text.textContent = item.text
      if (item.lang) text.lang = item.lang
      li.append(text)
      if (item.note) {
        const note = document.createElement('small')
        note.textContent = item.note
        li.append(note)
      }
      li.addEventListener('pointerdown', e => e.preventDefault()) // the input keeps the focus
      li.addEventListener('click', () => take(i))
      return li
    }))
    live.textContent = items.length ? (countText ?? '').replace('{n}', items.length) : input.value ? noneText ?? '' : ''
    if (!items.length) return close()
    list.hidden = false
    input.setAttribute('aria-expanded', 'true')
    mark(-1)
  }
  input.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(show, 120)
  })
  // Who walks the list walks the one that is seen: no late answer replaces it.
  const hold = () => {
    clearTimeout(timer)
    asked++
  }
  input.addEventListener('blur', () => { hold(); close() })
  input.addEventListener('keydown', e => {
    const open = !list.hidden
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp' && open) hold()
    if (e.key === 'ArrowDown') {
      e.preventDefault()
      if (!open) show()
      else mark((at + 1) % items.length)
    } else if (e.key === 'ArrowUp' && open) {
      e.preventDefault()
      mark(at <= 0 ? items.length - 1 : at - 1)
    } else if (e.key === 'Enter' && open && at >= 0) {
      e.preventDefault()
      taken = true
      take(at)
    } else if (e.key === 'Escape' && open) {
      e.preventDefault()
      close()
    } else if (e.key === 'Tab' && open && at >= 0) take(at)
  })
  // The key that chose an entry must not also send the form.
  input.addEventListener('keypress', e => { if (taken) e.preventDefault() })
  input.addEventListener('keyup', () => { taken = false })
}

for (const input of document.querySelectorAll('input[data-suggest]')) {
  let abort
  combobox(input, {
    countText: input.dataset.count,
    async find(text) {
      abort?.abort()
      if (text.trim().length < 2) return []
      abort = new AbortController()
      const url = new URL(input.dataset.suggest, location.href)
      url.searchParams.set('q', text)
      const beside = input.dataset.with && document.getElementById(input.dataset.with)
      if (beside?.value) url.searchParams.set(beside.name, beside.value)
      try {
        const answer = await fetch(url, { signal: abort.signal, headers: { Accept: 'application/json' } })
        return answer.ok ? (await answer.json()).items ?? [] : []
      } catch { return [] } // the form works without suggestions
    },
    choose(item) {
      if (item.href) return location.assign(item.href)
      input.value = item.value || item.text
      input.dispatchEvent(new Event('change', { bubbles: true }))
    },
  })
}

// plain makes typing errors of accents and case not matter.
const plain = s => s.toLowerCase().replace(/ß/g, 'ss').normalize('NFD').replace(/[\u0300-\u036f]/g, '')

for (const select of document.querySelectorAll('select[data-combo]')) {
  const options = [...select.options].filter(o => o.value && !o.disabled)
    .map(o => ({ text: o.text, note: o.parentElement.label, key: plain(o.text), option: o }))
  const input = document.createElement('input')
  input.type = 'text'
  input.className = 'kern-form-input__input' + (select.classList.contains('kern-form-input__select--error') ? ' kern-form-input__input--error' : '')
  for (const name of ['aria-describedby', 'aria-invalid', 'aria-required']) {
    const v = select.getAttribute(name)
    if (v) input.setAttribute(name, v)
  }
  input.spellcheck = false
  input.disabled = select.disabled
  input.value = select.value ? select.selectedOptions[0].text : ''
  // The input takes the id, so label and error summary lead to it.
  input.id = select.id
  select.removeAttribute('id')
  const frame = select.closest('.kern-form-input__select-wrapper')
  frame.before(input)
  frame.hidden = true
  frame.inert = true
  const set = option => { select.value = option ? option.value : '' }
  combobox(input, {
    countText: select.dataset.count,
    noneText: select.dataset.combo,
    find(text) {
      const key = plain(text.trim())
      if (select.value && key === plain(select.selectedOptions[0].text)) return options.slice(0, 200)
      const starts = options.filter(o => o.key.startsWith(key))
      return [...starts, ...options.filter(o => !o.key.startsWith(key) && o.key.includes(key))].slice(0, 200)
    },
    choose(item) { input.value = item.text; set(item.option) },
  })
  // What was typed in full counts as chosen; anything else is sent as nothing,
  // and the server says so.
  input.addEventListener('change', () => set(options.find(o => o.key === plain(input.value.trim()))?.option))
}
