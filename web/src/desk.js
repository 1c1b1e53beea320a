// Keys of the desk. "?" lists them; none fires while one is typing.

const help = document.getElementById('lp-shortcuts')
let typed = '', timer

const rows = () => [...document.querySelectorAll('table[data-walk] tbody tr')].filter(r => r.querySelector('a'))
const links = () => rows().map(r => r.querySelector('a'))

function walk(step) {
  const all = links()
  if (!all.length) return
  const row = document.activeElement?.closest?.('tr')
  const at = rows().indexOf(row)
  all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)].focus()
}

document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || help?.open) return
  if (e.target.closest?.('input, textarea, select, [contenteditable]')) return
  if (e.key === '?') help?.showModal()
  else if (e.key === '/') document.querySelector('[type=search]')?.focus()
  else if (e.key === 'j') walk(1)
  else if (e.key === 'k') walk(-1)
  else {
    if (e.key.length !== 1) return
    clearTimeout(timer)
    timer = setTimeout(() => { typed = '' }, 900)
    typed = (typed + ' ' + e.key).trim().slice(-9)
    const hit = [...document.querySelectorAll('[data-key]')].find(x => typed === x.dataset.key || typed.endsWith(' ' + x.dataset.key))
    if (!hit) return
    typed = ''
    hit.click()
  }
  e.preventDefault()
})
