// A link marked `data-window` opens a small window of its own name, once: a second click brings the open one to the front and
// leaves it as it is, since a call may be going on in it. Without scripts the link opens an ordinary tab of that name.
const SIZE = 'popup,width=400,height=760';

export function openWindows(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-window]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const opened = window.open('', link.target, SIZE);
    if (!opened) return;
    event.preventDefault();
    if (opened.location.href === 'about:blank') opened.location.href = link.href;
    opened.focus();
  });
}
