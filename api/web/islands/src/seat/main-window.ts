// Links marked `data-main` lead the main window on, the one that opened this one; without it they are ordinary links.

export function openInMain(address: string): void {
  const main = window.opener as Window | null;
  if (main && !main.closed) {
    main.location.assign(address);
    main.focus();
  } else {
    window.open(address, 'bihuan_main');
  }
}

export function followMainLinks(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-main]');
    const main = window.opener as Window | null;
    if (!link || !main || main.closed || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openInMain(link.href);
  });
}
