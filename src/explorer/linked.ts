/**
 * The operation that a link brings: `/explorer#query=…&variables=…`. In the fragment, which browsers send to no server,
 * so that what is looked for stands in no log. It is taken off the address, for a reload must not bring it again.
 */
export function linkedTab(): { query: string; variables: string } | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const query = given.get('query');
  if (query === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return { query, variables: given.get('variables') ?? '' };
}
