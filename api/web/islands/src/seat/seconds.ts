// `data-age` says how many seconds something had lasted when the server wrote it; from then on the window counts itself.
const begun = new WeakMap<HTMLElement, { age: string; at: number }>();

export function countSeconds(): void {
  const tick = () => document.querySelectorAll<HTMLElement>('[data-age]').forEach(count);
  document.addEventListener('htmx:after:swap', tick);
  setInterval(tick, 1000);
}

function count(part: HTMLElement): void {
  const age = part.dataset.age!;
  let known = begun.get(part);
  if (known?.age !== age) begun.set(part, (known = { age, at: Date.now() - Number(age) * 1000 }));
  const seconds = Math.max(0, Math.floor((Date.now() - known.at) / 1000));
  part.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
