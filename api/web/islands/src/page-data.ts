/** The JSON that the server put into the page for an island. */
export function pageData<T>(id: string): T {
  return JSON.parse(document.getElementById(id)!.textContent!) as T;
}
